import Foundation
import LuaBridge
import LuaModules
import Testing

/// Random programs over all tensor operations give what PyTorch gave; `Programs/generate.py` makes them and tells the
/// rule.
@Suite struct ProgramTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Programs")

    /// Names of declarations that no program holds, and why.
    static let leftOut = [
        "torch.randn": "random numbers", "torch.randn_like": "random numbers", "torch.rand": "random numbers",
        "nn.functional.dropout": "random numbers", "nn.functional.dropout2d": "random numbers",
        "nn.functional.dropout3d": "random numbers", "torch.bernoulli": "random numbers",
        "torch.multinomial": "random numbers",
        "torch.exponential": "random numbers", "torch.standard_gamma": "random numbers",
        "torch.betainc": "not in PyTorch", "Tensor:betainc": "not in PyTorch", "torch.randint": "random numbers",
        "torch.randperm": "random numbers", "torch.Generator": "random numbers",
        "torch.manual_seed": "random numbers", "torch.get_rng_state": "random numbers",
        "torch.set_rng_state": "random numbers", "torch.set_num_threads": "the session",
        "torch.get_num_threads": "the session", "torch.set_detect_anomaly": "the session",
        "torch.is_anomaly_enabled": "the session", "torch.set_memory_limit": "the session",
        "torch.memory_stats": "the session", "torch.save": "files", "torch.load": "files", "Tensor:save": "files",
        "Tensor:print": "output", "Tensor:show": "output", "Tensor:summary": "output", "Tensor:free": "memory",
        "Tensor:__concat": "an error always",
    ]

    /// How operators are written.
    private static let operators = [
        "__add": " + ", "__sub": " - ", "__mul": " * ", "__div": " / ", "__pow": " ^ ", "__unm": "= -a", "__len": "= #",
        "__index": "[{", "__newindex": "}] = ", "__mod": " % ", "__idiv": " // ", "__eq": " == ", "__lt": " < ",
        "__le": " <= ", "__band": " & ", "__bor": " | ", "__bxor": " ~ ", "__bnot": "= ~",
    ]

    /// The set of seed 1, and those of operations which came later: of tensors, and of layers.
    static let sets = [folder, folder.appendingPathComponent("Later"), folder.appendingPathComponent("Layers")]

    private static func text(of set: URL) throws -> String {
        try String(contentsOf: set.appendingPathComponent("programs.txt"), encoding: .utf8)
    }

    @Test(arguments: sets)
    func allAgree(_ set: URL) throws {
        let script = Self.folder.appendingPathComponent("run.lua").path
        let results = try Transcript.newSession().runFile(script, arguments: [.string(set.path)])
        guard results.count == 2, case .integer(let agreed) = results[0], case .string(let faults) = results[1] else {
            Issue.record("the script returned \(results)")
            return
        }
        let count = try Self.text(of: set).utf8.count { $0 == UInt8(ascii: "\n") }
        #expect(count >= 400 && agreed == count, "\(faults)")
    }

    /// Every function of `torch` and `nn.functional`, every method, property and operator of tensors is met often.
    @Test func allDeclarationsAreMet() throws {
        let text = try Self.sets.map(Self.text).joined().utf8CString
        var documentation = Documentation()
        for module in LuaModule.all { documentation.add(module) }
        var met = 0
        for entry in documentation.entries where Self.leftOut[entry.name] == nil {
            guard let spelling = Self.spelling(of: entry) else { continue }
            let count = Self.count(of: spelling, in: text)
            #expect(count >= 10, "\(entry.name), written '\(spelling)', is met \(count) times: add it to Programs")
            met += 1
        }
        #expect(met > 100)
    }

    /// How often a spelling occurs in a text of megabytes, which Foundation's own search takes long for.
    private static func count(of spelling: String, in text: ContiguousArray<CChar>) -> Int {
        text.withUnsafeBufferPointer { buffer in
            guard var place = buffer.baseAddress else { return 0 }
            var count = 0
            while let found = strstr(place, spelling) {
                count += 1
                place = UnsafePointer(found) + spelling.utf8.count
            }
            return count
        }
    }

    /// How programs write a declaration; nil where it is no operation of tensors.
    private static func spelling(of entry: Documentation.Entry) -> String? {
        let name = entry.name
        let last = String(name.split { $0 == "." || $0 == ":" }.last ?? "")
        switch entry {
        case .function where name.hasPrefix("Tensor:__"): return operators[last] ?? last
        case .function where name.hasPrefix("Tensor:"): return ":\(last)("
        case .function where name.hasPrefix("torch.linalg."): return "\(name)("
        case .function where name.hasPrefix("torch."): return "torch.\(last)("
        case .function where name.hasPrefix("nn.functional."): return "F.\(last)("
        case .property where name.hasPrefix("Tensor."): return ".\(last)"
        default: return nil
        }
    }
}
