-- Count a call in every window, or in none: the rule of airq_cron/domain/quota.py
-- with the server's clock.
--
-- KEYS     a hash a window: bucket number -> tenths
-- ARGV     tenths, then how long a bucket counts after its end, its length and
--          the limit, of each window (milliseconds, tenths)
-- answer   0, or the number of the window that lets us wait longest, and how long
local tenths = tonumber(ARGV[1])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local worst, longest = 0, 0

for i, key in ipairs(KEYS) do
    local length = tonumber(ARGV[3 * i - 1])
    local bucket, limit = tonumber(ARGV[3 * i]), tonumber(ARGV[3 * i + 1])
    local raw = redis.call('HGETALL', key)
    local numbers, counts, total = {}, {}, 0
    for j = 1, #raw, 2 do
        local number = tonumber(raw[j])
        if (number + 1) * bucket + length > now then
            numbers[#numbers + 1] = number
            counts[number] = tonumber(raw[j + 1])
            total = total + counts[number]
        else
            redis.call('HDEL', key, raw[j])
        end
    end
    local room = limit - math.min(tenths, limit)
    if total > room then
        table.sort(numbers)
        for _, number in ipairs(numbers) do
            total = total - counts[number]
            if total <= room then
                local wait = (number + 1) * bucket + length - now
                if wait > longest then worst, longest = i, wait end
                break
            end
        end
    end
end

if worst == 0 then
    for i, key in ipairs(KEYS) do
        local length, bucket = tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
        redis.call('HINCRBY', key, math.floor(now / bucket), tenths)
        redis.call('PEXPIRE', key, 2 * length)
    end
end
return {worst, longest, now}
