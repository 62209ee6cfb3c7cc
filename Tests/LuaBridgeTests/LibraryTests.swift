import LuaTestSupport
import Testing

/// The functions of Lua's library that were written anew do what the library's own do: on random arguments, wrong ones
/// among them, the same results and messages.
@Suite struct LibraryTests {
    /// Records what calls give.
    private static let recorder = """
        local lines = {}
        local function record(name, f, ...)
          local results = table.pack(pcall(f, ...))
          for i = 1, results.n do results[i] = tostring(results[i]):gsub("0x%x+", "ADDRESS") end
          lines[#lines + 1] = name .. ": " .. table.concat(results, "|", 1, results.n)
        end
        local random = math.random
        local function pick(list) return list[random(#list)] end

        """

    @Test(arguments: 1...6)
    func patternsMatchAlike(seed: Int) throws {
        try PlainLua.expectAlike(
            Self.recorder + """
                math.randomseed(\(seed))
                local pieces = {"a", "b", "%a", "%d", "%s", "%w", "%S", "%A", "%p", "%x", "%u", "%l", "%c", "%g", "%z", ".",
                  "[ab]", "[^a]", "[a-c]", "[%d_]", "[]]", "[^]]", "[a-]", "[%]]", "[%a-z]", "(", ")", "()", "%1", "%2",
                  "%b()", "%bab", "%f[%w]", "%f[^a]", "%%", "%.", "$", "^", "-", "*", "+", "?", "\\0", "[", "%", "]", "%f", "%b",
                  "ab", "é"}
                local texts = {"a", "b", "ab", "1", " ", "_", "(", ")", "((a))", "]", "%", ".", "\\0", "A", "é", "\\n", "-"}
                local function text(list, most)
                  local parts = {}
                  for i = 1, random(0, most) do parts[i] = pick(list) end
                  return table.concat(parts)
                end
                for i = 1, 4000 do
                  local s, p = text(texts, 12), text(pieces, 5)
                  local init = random(4) == 1 and random(-15, 15) or nil
                  record("find " .. p, string.find, s, p, init, random(8) == 1)
                  record("match " .. p, string.match, s, p, init)
                  local replacement = pick{"<%0>", "%1%2", "%%", "%", "x", "%9", 7, {a = "A", ab = 1, b = false, [1] = "one"},
                    function(...) return select("#", ...) % 2 == 1 and table.concat({...}, ",") or nil end,
                    function() return {} end, true}
                  record("gsub " .. p, string.gsub, s, p, replacement, random(3) == 1 and random(-1, 4) or nil)
                  record("gmatch " .. p, function()
                    local all = {}
                    for a, b in string.gmatch(s, p, init) do
                      all[#all + 1] = tostring(a) .. "," .. tostring(b)
                      if #all > 50 then break end
                    end
                    return table.concat(all, ";")
                  end)
                end
                return table.concat(lines, "\\n")
                """)
    }

    @Test(arguments: [
        "string.find('', '')", "string.find('abc', '', 10)", "string.find('abc', '', 4)",
        "string.find('a.b', '.', 2, true)",
        "string.find('a\\0b', '\\0')", "string.find()", "string.find('a')", "('x'):match({})", "('x'):gsub('x')",
        "('x'):gsub('x', 'y', 'z')", "('x'):gmatch()", "string.rep()", "string.rep('x', -1)",
        "string.rep('ab', 3, ', ')",
        "string.rep('', 1000)", "string.rep('x', 1 << 62, 'yy')", "string.rep('x', 1.5)", "string.rep('x', '3')",
        "string.find(('a'):rep(300), ('a?'):rep(300))", "string.match(('a'):rep(300), ('(a)'):rep(40))",
        "string.find('a', ('b*'):rep(300) .. 'a')", "string.match(('('):rep(250), ('%('):rep(250))",
        "string.gsub('hello world', '%w+', '%0 %0', 1)", "string.gsub('abc', '%w', '%%%0')",
        "string.gsub('a', 'a', '%2')",
        "table.insert()", "table.insert({}, 1, 2, 3)", "table.insert({}, 5, 1)", "table.insert(1, 2)",
        "table.remove({}, 7)",
        "table.remove({1, 2}, 3)", "table.move({1, 2, 3}, 1, 3, 2)[3]", "table.move({}, 1, math.maxinteger, 2)",
        "table.move({}, -5, math.maxinteger, 2)", "table.move({}, 1, 2)", "table.concat({1, {}, 3})",
        "table.concat({1, 2}, {})",
        "table.concat({1, 2, 3}, ', ', 2, 3)", "table.concat({}, 'x', 1, 0)", "table.concat(7)", "table.sort({1, 'x'})",
        "table.sort({3, 2, 1}, 7)", "table.sort({1, 2, 3}, function() return true end)", "load('x =')",
        "load('return x', 'n', 't', {x = 5})()", "load(function() return nil end)()", "load({})",
        "load('return ...')(4)",
    ])
    func callsAreAlike(call: String) throws {
        try PlainLua.expectAlike(Self.recorder + "record('', function() return \(call) end) return lines[1]")
    }

    @Test(arguments: 1...4)
    func tablesChangeAlike(seed: Int) throws {
        try PlainLua.expectAlike(
            Self.recorder + """
                math.randomseed(\(seed))
                local function some()
                  local t = {}
                  for i = 1, random(0, 8) do t[i] = random(4) == 1 and "s" .. random(9) or random(9) end
                  if random(4) == 1 then
                    local hidden = t
                    t = setmetatable({}, {__index = hidden, __newindex = function(_, k, v) hidden[k] = v end,
                      __len = function() return #hidden end})
                  end
                  return t
                end
                local function shown(t)
                  local parts = {}
                  for i = -2, 14 do parts[#parts + 1] = tostring(t[i]) end
                  return table.concat(parts, " ")
                end
                for i = 1, 2000 do
                  local t, u = some(), some()
                  record("insert", table.insert, t, random(-1, 10), "new")
                  record("append", table.insert, t, "last")
                  record("remove", table.remove, t, random(3) > 1 and random(-1, 10) or nil)
                  record("move", function(...) return shown(table.move(...)) end, t, random(-2, 5), random(-2, 8), random(-2, 6),
                    random(2) == 1 and u or nil)
                  record("concat", table.concat, t, pick{"", ", ", 7}, random(3) == 1 and random(-1, 4) or nil)
                  record("sort", table.sort, t)
                  record("t", shown, t)
                  record("u", shown, u)
                end
                return table.concat(lines, "\\n")
                """)
    }
}
