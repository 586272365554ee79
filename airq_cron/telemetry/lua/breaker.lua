-- One breaker, decided in one step by the server's clock. The rules are those of
-- airq_cron/domain/breaker.py; instants are milliseconds since the epoch.
--
-- KEYS[1]  hash of the breaker
-- ARGV     operation, permit, threshold, timeout, window, lease, gentle, recovers,
--          result, error, retry_at, ttl
local key = KEYS[1]
local operation, permit = ARGV[1], ARGV[2]
local threshold, timeout, window = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local lease, gentle, recovers = tonumber(ARGV[6]), tonumber(ARGV[7]), ARGV[8] == '1'
local result, failure, retry_at = ARGV[9], ARGV[10], tonumber(ARGV[11])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local NAMES = {'state', 'failures', 'failed_at', 'opened_at', 'until', 'holder',
               'holder_until', 'closed_at', 'error'}
local b = {}
for i, value in ipairs(redis.call('HMGET', key, unpack(NAMES))) do
    if value then b[NAMES[i]] = value end
end
local function number(name) return tonumber(b[name]) end
b.state = b.state or 'CLOSED'
b.failures = b.failures or '0'

local before, verdict, written = b.state, 'admit', false

local function held()
    local till = number('holder_until')
    return till ~= nil and now < till
end

local function set(name, value)
    b[name] = value
    written = true
end

local function free()
    set('holder', nil)
    set('holder_until', nil)
end

local function hold()
    set('holder', permit)
    set('holder_until', string.format('%.0f', now + lease))
end

local function open_until()
    local till = now + timeout
    if retry_at and retry_at > till then till = retry_at end
    set('until', string.format('%.0f', till))
end

local function fail(count)
    set('failures', tostring(count))
    set('failed_at', string.format('%.0f', now))
    set('error', failure)
end

local function close()
    for _, name in ipairs(NAMES) do b[name] = nil end
    set('state', 'CLOSED')
    set('failures', '0')
end

if operation == 'admit' then
    if b.state == 'CLOSED' then
        local closed = number('closed_at')
        if closed and now < closed + gentle then
            if held() then verdict = 'busy' else hold() end
        end
    elseif not recovers then
        verdict = 'refused'
    elseif b.state == 'OPEN' then
        local till = number('until')
        if till and now < till then
            verdict = 'refused'
        else
            verdict = 'probe'
            hold()
            set('state', 'HALF_OPEN')
        end
    elseif held() then
        verdict = 'refused'
    else
        verdict = 'probe'
        hold()
    end
elseif operation == 'settle' then
    local ours = b.holder == permit
    if ours then free() end
    if b.state == 'CLOSED' then
        if result == 'success' and (b.failures ~= '0' or b.error) then
            set('failures', '0')
            set('failed_at', nil)
            set('error', nil)
        elseif result == 'failure' then
            local last = number('failed_at')
            local count = 1
            if last and now - last <= window then count = number('failures') + 1 end
            fail(count)
            local full = count >= threshold
            if full or (retry_at and retry_at > now) then
                set('state', 'OPEN')
                set('opened_at', string.format('%.0f', now))
                set('closed_at', nil)
                if full then open_until() else set('until', ARGV[11]) end
                free()
            end
        end
    elseif b.state == 'HALF_OPEN' and ours and result == 'success' then
        close()
        set('closed_at', string.format('%.0f', now))
    elseif b.state == 'HALF_OPEN' and ours and result == 'failure' then
        fail(number('failures') + 1)
        set('state', 'OPEN')
        open_until()
    end
elseif operation == 'reset' then
    close()
elseif operation == 'tidy' then
    if b.holder and not held() then
        verdict = 'probe'
        free()
    end
end

if written then
    redis.call('DEL', key)
    local fields = {}
    for _, name in ipairs(NAMES) do
        if b[name] then
            fields[#fields + 1] = name
            fields[#fields + 1] = b[name]
        end
    end
    redis.call('HSET', key, unpack(fields))
end
-- A breaker that nobody asks for is forgotten; asking keeps it.
redis.call('PEXPIRE', key, ARGV[12])

local answer = {verdict, before, tostring(now)}
for _, name in ipairs(NAMES) do answer[#answer + 1] = b[name] or '' end
return answer
