-- wrk: send a body with a new id each time, as one member. In BODY, "#" becomes the id.
local body, turn = os.getenv("BODY"), 0
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Origin"] = os.getenv("ORIGIN")
wrk.headers["Cookie"] = os.getenv("COOKIE")
function request()
  turn = turn + 1
  local id = string.format("019ccccc-%s-7000-8000-%012x", os.getenv("RUN"), turn)
  wrk.headers["Idempotency-Key"] = id
  return wrk.format(nil, nil, nil, (body:gsub("#", id)))
end
