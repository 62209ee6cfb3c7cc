import LuaBridge
import LuaTestSupport
import Sessions
import Support
import Testing

/// A program gives the same as one chunk of Lua's and as entries, one for each of its outermost statements.
@Suite struct RandomEntriesTests {
    @Test(arguments: 1...60)
    func entriesGiveWhatTheChunkGives(seed: Int) throws {
        var program = RandomProgram(seed: seed)
        let statements = program.statements
        let log = "out = '' function log(...) out = out .. table.concat({...}, ' ') .. ';' end\n"
        let expected = PlainLua.text(of: log + statements.joined(separator: "\n") + "\nreturn out")
        let lua = try LuaState()
        try lua.run(log)
        let workspace = try Workspace(lua)
        var rest = statements[...]
        while !rest.isEmpty {
            // Now and then two statements are one entry.
            let entry = rest.prefix(1 + program.generator.below(2)).joined(separator: "\n")
            rest = rest.dropFirst(entry == rest.first ? 1 : 2)
            guard case .complete(let read) = workspace.read(entry, name: "entry") else {
                Issue.record("not complete: \(entry)")
                return
            }
            _ = try workspace.run(read)
        }
        guard case .string(let found) = try lua.global("out") else { return }
        #expect(found == expected, "\(statements.joined(separator: "\n"))")
    }
}

/// Statements that declare variables of all kinds, use them and log them.
private struct RandomProgram {
    let generator: RandomGenerator
    private var variables = ["v0"]
    private var constants: [String] = []
    private var count = 0

    init(seed: Int) { generator = RandomGenerator(seed: UInt64(seed)) }

    var statements: [String] {
        mutating get { ["local v0 = 1"] + (0..<40).map { _ in statement() } }
    }

    private mutating func pick(_ choices: [String]) -> String { choices[generator.below(choices.count)] }

    private mutating func fresh() -> String {
        count += 1
        return "v\(count)"
    }

    private mutating func expression() -> String {
        let names = variables + constants
        let (a, b) = (pick(names), pick(names))
        return pick([
            a, "\(a) + \(b)", "(\(a) * 2) % 17", "#{\(a), \(b), [[local x = 1]]}",
            "(function(x) local y = x return y + \(b) end)(\(a))",
            "#'local z = 3' + \(a)", "-\(a) -- local q = 4\n", "({n = \(a)}).n",
            "math.max(\(a), \(b)) --[==[ local ]==]",
            "(\(a) > \(b) and \(a) or not \(b) and 1 or \(b))", "#\"end\" + \(b)", "select('#', \(a), ...)",
        ])
    }

    private mutating func statement() -> String {
        let old = pick(variables)
        switch generator.below(13) {
        case 0:
            return "local \(old) = \(expression())"
        case 1:
            let name = fresh()
            let text = "local \(name) <const> = \(expression())"
            constants.append(name)
            return text
        case 2:
            let (first, second) = (fresh(), fresh())
            let text = "local \(first), \(second) <const> = \(expression()), \(expression())"
            variables.append(first)
            constants.append(second)
            return text
        case 3:
            let name = fresh()
            return "local function \(name)(n) if n < 1 then return 0 end return n + \(name)(n - 1) end log(\(name)(3))"
        case 4:
            let (name, held) = (fresh(), fresh())
            return """
                local \(held) = \(expression())
                local function \(name)() \(held) = \(held) + 1 return \(held) end
                log(\(name)(), \(held))
                """
        case 5:
            let name = fresh()
            return """
                do
                  local \(old) <close> = setmetatable({}, {__close = function() log("closed") end})
                  local \(name) = 5 ::top:: \(name) = \(name) - 1 if \(name) > 2 then goto top end
                  log(\(name))
                end
                """
        case 6: return "for \(old) = 1, 2 do local \(old) = \(old) * 2 log(\(old)) end"
        case 7: return "repeat local done = \(old) done = nil until not done"
        case 8: return "while true do local \(old) = 1 if \(old) then break end end"
        case 9: return "\(old) = \(expression())"
        case 10: return "if \(old) > 3 then local \(old) = 0 log(\(old)) else log(\(old)) end;"
        default: return "log(\(expression())\n, \(old))"
        }
    }
}
