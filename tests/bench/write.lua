-- wrk: send a body with a new id each time, as those whose cookies are the lines of COOKIES, in turns. In BODY,
-- "#" becomes the id.
local body, cookies, turn = os.getenv("BODY"), {}, 0
for cookie in os.getenv("COOKIES"):gmatch("[^\n]+") do cookies[#cookies + 1] = cookie end
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Origin"] = os.getenv("ORIGIN")
function request()
  turn = turn + 1
  local id = string.format("019ccccc-%s-7000-8000-%012x", os.getenv("RUN"), turn)
  wrk.headers["Idempotency-Key"] = id
  if #cookies > 0 then wrk.headers["Cookie"] = cookies[turn % #cookies + 1] end
  return wrk.format(nil, nil, nil, (body:gsub("#", id)))
end
