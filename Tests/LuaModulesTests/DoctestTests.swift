import LuaBridge
import LuaModules
import Testing

/// The example of every declaration runs in a new session, and gives neither false nor nil.
@Suite struct DoctestTests {
    struct Example: Sendable, CustomTestStringConvertible {
        let name: String
        let code: String

        var testDescription: String { name }
    }

    static let functions: [(name: String, function: LuaFunction)] = {
        var documentation = Documentation()
        for module in LuaModule.all { documentation.add(module) }
        return documentation.entries.compactMap {
            if case .function(let name, let function) = $0 { (name, function) } else { nil }
        }
    }()

    @Test(
        arguments: functions.filter { !$0.function.example.isEmpty }.map {
            Example(name: $0.name, code: $0.function.example)
        })
    func runs(_ example: Example) throws {
        let lua = try Transcript.newSession()
        guard let expression = try? lua.load("return " + example.code, name: "=example") else {
            try lua.call(lua.load(example.code, name: "=example"))
            return
        }
        switch try lua.call(expression).first {
        case .some(.none), .boolean(false): Issue.record("\(example.name): \(example.code) does not hold")
        default: break
        }
    }

    @Test func everyFunctionIsDocumented() {
        for (name, function) in Self.functions {
            #expect(!function.summary.isEmpty, "\(name) says nothing")
            #expect(!function.example.isEmpty || name.contains(":__"), "\(name) has no example")
            for parameter in function.layout.parameters where parameter.name != "self" {
                #expect(!parameter.summary.isEmpty, "\(name) says nothing of \(parameter.name)")
            }
        }
    }
}
