import LuaTestSupport
import Testing

/// Finalisers are Lua's own: what scripts see of them, and when they are called.
@Suite struct FinalizerTests {
    @Test(arguments: [
        "local f = function() end local x = setmetatable({}, {__gc = f}) return tostring(getmetatable(x).__gc == f)",
        "local m = {__gc = print} setmetatable({}, m) local n = 0 for k, v in pairs(m) do n = n + 1 end return n .. '' ",
        // What is marked, and which function is called.
        "local t = {} setmetatable(t, {}) getmetatable(t).__gc = function() s = 1 end t = nil collectgarbage() return tostring(s)",
        "local t = setmetatable({}, {__gc = true}) getmetatable(t).__gc = function() s = 1 end t = nil collectgarbage() return tostring(s)",
        "local m = {__gc = function() s = 1 end} setmetatable({}, m) m.__gc = function() s = 2 end collectgarbage() return tostring(s)",
        "local m = {__gc = function() s = 1 end} setmetatable({}, m) m.__gc = nil collectgarbage() return tostring(s)",
        "local t = setmetatable({}, {__gc = function() s = 1 end}) setmetatable(t, nil) t = nil collectgarbage() return tostring(s)",
        "local t = setmetatable({}, {__gc = function() s = 1 end}) setmetatable(t, {__gc = function() s = 2 end}) t = nil collectgarbage() return tostring(s)",
        "debug.setmetatable({}, {__gc = function() s = 1 end}) collectgarbage() return tostring(s)",
        "setmetatable({}, {__gc = setmetatable({}, {__call = function() s = 1 end})}) collectgarbage() return tostring(s)",
        // Resurrection, once, and again where it is asked for.
        "n = 0 local m = {} m.__gc = function(x) n = n + 1 kept = x end setmetatable({}, m) for i = 1, 5 do kept = nil collectgarbage() end return n .. ''",
        "n = 0 local m = {} m.__gc = function(x) n = n + 1 if n < 4 then setmetatable(x, m) end end setmetatable({}, m) for i = 1, 9 do collectgarbage() end return n .. ''",
        "local weak = setmetatable({}, {__mode = 'v'}) weak[1] = setmetatable({}, {__gc = function(x) s = tostring(weak[1]) end}) collectgarbage() return s",
        "local weak = setmetatable({}, {__mode = 'k'}) weak[setmetatable({}, {__gc = function(x) s = tostring(weak[x]) end})] = 7 collectgarbage() return s",
        // Errors end with the finaliser.
        "setmetatable({}, {__gc = function() error({}) end}) setmetatable({}, {__gc = 5}) collectgarbage() return 'on'",
        "setmetatable({}, {__gc = function() coroutine.yield() s = 1 end}) collectgarbage() return tostring(s)",
        // The errors of setmetatable.
        "return select(2, pcall(setmetatable, setmetatable({}, {__metatable = 1}), {__gc = print}))",
        "return select(2, pcall(setmetatable, {}, 5))", "return select(2, pcall(setmetatable, 5, {}))",
        "return select(2, pcall(setmetatable, {}))",
    ])
    func areLuas(script: String) throws { try PlainLua.expectAlike(script) }

    /// Objects in a list, metatables whose finalisers change, and collections, all at random.
    @Test(arguments: 1...40)
    func randomProgramsFinaliseAlike(seed: Int) throws {
        try PlainLua.expectAlike(
            """
            collectgarbage("stop")
            math.randomseed(\(seed))
            local random, log, held, made = math.random, {}, {}, 0
            local metatables = {{}, {}, {}, {}}
            local function finalizer(name)
              return function(x)
                log[#log + 1] = name .. ":" .. x.n
                local what = x.n % 7
                if what == 1 then held[#held + 1] = x end
                if what == 2 then setmetatable(x, metatables[x.n % 4 + 1]) end
                if what == 3 then error("wrong") end
                if what == 4 then x.other = nil made = made + 1 setmetatable({n = made}, metatables[x.n % 4 + 1]) end
              end
            end
            for i = 1, 300 do
              local mt = metatables[random(4)]
              local what = random(10)
              if what <= 5 then
                made = made + 1
                held[#held + 1] = setmetatable({n = made, other = held[random(#held + 1)]}, mt)
              elseif what == 6 then mt.__gc = finalizer("f" .. i)
              elseif what == 7 then local values = {false, 5, "x"} mt.__gc = values[random(4)]
              elseif what == 8 then for k = 1, random(0, #held) do table.remove(held, random(#held)) end
              elseif what == 9 and #held > 0 then setmetatable(held[random(#held)], metatables[random(4)])
              else collectgarbage() log[#log + 1] = "-" end
            end
            held = {}
            for i = 1, 5 do collectgarbage() log[#log + 1] = "=" held = {} end
            return table.concat(log, " ")
            """)
    }
}
