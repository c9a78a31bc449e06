-- What wrk asks for: customers at random, the same ones for the same seed. Everything comes from the
-- environment, the token too, which must not stand on a command line.
local users = tonumber(os.getenv("BENCHMARK_USERS"))
local step = tonumber(os.getenv("BENCHMARK_STEP"))
local bad = tonumber(os.getenv("BENCHMARK_BAD_SHARE"))
local token = os.getenv("BENCHMARK_TOKEN")

function init()
  math.randomseed(tonumber(os.getenv("BENCHMARK_SEED")))
end

function request()
  local email, given = "user" .. step * math.random(1, math.floor(users / step)) .. "%40example.com", token
  if bad > 0 and math.random() < bad then
    -- Every other bad request is of somebody unknown, the rest have a wrong token.
    if math.random() < 0.5 then email = "stranger" .. math.random(1, users) .. "%40example.com"
    else given = "wrong" end
  end
  return wrk.format("GET", "/profile?email=" .. email .. "&api_token=" .. given)
end

function done(summary, latency, requests)
  io.write(string.format(
    '\n{"requests": %d, "microseconds": %d, "p99_microseconds": %d, "not_ok": %d, "broken": %d}\n',
    summary.requests, summary.duration, latency:percentile(99), summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
