import Foundation
import LuaBridge
import LuaModules
import Testing

/// The numbers that functions take: every declaration says which, and calls hold to it.
@Suite struct RangeTests {
    /// Functions of all modules but `torch`, whose numbers are data.
    static let functions = DoctestTests.functions.filter { name, _ in
        !name.hasPrefix("torch.") && !name.hasPrefix("Tensor:")
    }

    @Test func everyNumberHasARange() {
        for (name, function) in Self.functions where !name.hasSuffix(":__index") {
            for parameter in function.layout.parameters where parameter.type is any LuaNumeric.Type {
                #expect(parameter.range != nil, "\(name) takes any \(parameter.name): declare it with in: ...")
            }
        }
    }

    @Test func optionsNameOthersThatThereAre() {
        for (name, function) in Self.functions {
            let names = Set(function.layout.parameters.filter { $0.kind == .option }.map(\.name))
            for option in function.layout.parameters {
                let others = option.excluded + (option.needed.map { [$0] } ?? [])
                #expect(names.isSuperset(of: others), "\(name) has no option among \(others)")
            }
        }
    }

    @Test func numbersOutOfRangeAreErrors() throws {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "Scripts/ranges.lua")
        let results = try Transcript.newSession().runFile(
            script.path,
            arguments: [
                .string("{" + Self.functions.map { Self.table($0.name, $0.function) }.joined(separator: ",") + "}")
            ])
        guard results.count == 2, case .string(let wrong) = results[0], case .string(let missing) = results[1] else {
            Issue.record("the script returned \(results)")
            return
        }
        #expect(wrong.isEmpty, "\(wrong)")
        #expect(missing.isEmpty, "no example calls \(missing)")
    }

    /// A declaration as the script reads it.
    private static func table(_ name: String, _ function: LuaFunction) -> String {
        let positional = function.layout.parameters.filter { $0.kind == .positional }
        let required = positional.count { $0.defaultText == nil }
        let parameters = function.layout.parameters.compactMap { parameter -> String? in
            guard let range = parameter.range, range != .any else { return nil }
            let place = positional.firstIndex { $0.name == parameter.name && parameter.kind == .positional }
            let trials = Self.trials.map { text, number in
                "{number = \(text), is_refused = \(!range.contains(number))}"
            }
            return """
                {name = "\(parameter.name)", position = \(place.map { "\($0 + 1)" } ?? "nil"), required = \(required), \
                is_list = \(parameter.typeName.hasPrefix("list")), trials = {\(trials.joined(separator: ","))}}
                """
        }
        return "{name = [==[\(name)]==], example = [==[\(function.example)]==], "
            + "parameters = {\(parameters.joined(separator: ","))}}"
    }

    private static let trials: [(text: String, number: Double)] = [
        ("0/0", .nan), ("1/0", .infinity), ("-1/0", -.infinity), ("-1", -1), ("0", 0), ("1e300", 1e300),
        ("1 << 40", Double(1 << 40)), ("math.maxinteger", Double(Int.max)), ("math.mininteger", Double(Int.min)),
    ]
}
