-- wrk: ask for the pins around one point after the other; the bodies are the lines of a file. With ADDRESSES
-- so many clients take turns, as if a proxy before us had named them.
local bodies, turn = {}, 0
local addresses = tonumber(os.getenv("ADDRESSES") or "0")
for line in io.lines(os.getenv("BODIES")) do bodies[#bodies + 1] = line end
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Origin"] = os.getenv("ORIGIN")
function request()
  turn = turn + 1
  if addresses > 0 then
    local one = turn % addresses
    wrk.headers["X-Forwarded-For"] = string.format("198.18.%d.%d", math.floor(one / 250), one % 250)
  end
  return wrk.format(nil, nil, nil, bodies[turn % #bodies + 1])
end
