-- Add what one process gathered: all of it, or nothing.
--
-- KEYS     hashes
-- ARGV[1]  a JSON list, an element a key:
--          {ttl in ms, {field: number to add}, {field: value to set}}
for i, part in ipairs(cjson.decode(ARGV[1])) do
    for field, number in pairs(part[2]) do
        redis.call('HINCRBY', KEYS[i], field, string.format('%d', number))
    end
    for field, value in pairs(part[3]) do
        redis.call('HSET', KEYS[i], field, string.format('%d', value))
    end
    redis.call('PEXPIRE', KEYS[i], part[1])
end
return #KEYS
