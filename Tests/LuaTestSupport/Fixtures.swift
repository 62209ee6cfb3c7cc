import Foundation
import LuaBridge
import Support
import Synchronization

/// An object that counts how many of its kind live.
package class Counter: LuaObject, CustomStringConvertible {
    package static let live = Atomic<Int>(0)
    package var count: Int

    package required init(_ count: Int) {
        self.count = count
        Self.live.add(1, ordering: .relaxed)
    }

    deinit { Self.live.subtract(1, ordering: .relaxed) }

    package var description: String { "Counter(\(count))" }

    package class var luaType: LuaType { counterType }

    static let counterType = LuaType(
        "Counter", "Counts.", isReleasable: true,
        methods: [
            LuaFunction("add", "Adds to the count.", Counter.this, Parameter("by", Int.self, default: 1, "how many")) {
                counter, step in
                counter.count += step
                return counter
            },
            LuaFunction("fail", "Throws.", Counter.this) { counter throws in throw Failure.planned(counter.count) },
        ],
        properties: [
            LuaProperty("count", "The count.", get: { (c: Counter) in c.count }, set: { $0.count = $1 }),
            LuaProperty("double", "Twice the count.", get: { (c: Counter) in c.count * 2 }),
        ],
        metamethods: [
            LuaFunction(
                "__add", "Adds.", Parameter("a", LuaEither<Counter, Int>.self, ""),
                Parameter("b", LuaEither<Counter, Int>.self, "")
            ) { a, b in Counter(value(a) + value(b)) },
            LuaFunction("__index", "A digit.", Counter.this, Parameter("key", Int.self, "")) { counter, key in
                key > 0 && key < 4 ? counter.count * key : nil
            },
        ])

    private static func value(_ operand: LuaEither<Counter, Int>) -> Int {
        switch operand {
        case .first(let counter): counter.count
        case .second(let number): number
        }
    }
}

/// A named counter, on which scripts may set fields.
package final class Named: Counter {
    override package class var luaType: LuaType { type }

    private static let type = LuaType(
        "Named", "Counts, and has a name.", supertype: Counter.counterType, allowsFields: true,
        methods: [LuaFunction("name", "Its name.", Named.this) { named in "number \(named.count)" }])
}

/// What the functions here throw.
package enum Failure: Error, CustomStringConvertible {
    case planned(Int)

    package var description: String {
        switch self {
        case .planned(let count): "planned failure at \(count)"
        }
    }
}

/// A module with a function of each kind.
package let testModule = LuaModule(
    "demo", "Functions to test the bridge with.",
    functions: [
        LuaFunction("counter", "Makes a counter.", Parameter("start", Int.self, default: 0, "the first count")) {
            Counter($0)
        },
        LuaFunction(
            "conv3d", "Convolves.", Parameter("input", Double.self, "the input"),
            Parameter("padding", Int.self, "zeros"),
            Option("stride", Int.self, default: 1, "the step"), Option("groups", Int?.self, "how many"),
            returns: "a sum", example: "demo.conv3d(1, 2, {stride = 3})"
        ) { input, padding, stride, groups in input + Double(padding * stride + (groups ?? 0)) },
        LuaFunction(
            "pool", "Pools.", Parameter("size", Int.self, "the window's size"),
            Option("stride", [Int]?.self, "the steps").positionalToo(),
            Option("padding", Int.self, default: 0, "zeros").positionalToo(),
            Option("ceil", Bool.self, default: false, "whether it rounds up"),
            returns: "the arguments", example: "demo.pool(2, {1, 1}, 3)"
        ) { size, stride, padding, ceil in "\(size) \(stride ?? []) \(padding) \(ceil)" },
        LuaFunction("named", "Makes a named counter.", Parameter("start", Int.self, "")) { Named($0) },
        LuaFunction("same", "The object itself.", Parameter("object", Counter.self, "")) { $0 },
        LuaFunction("any", "Any counter.", Parameter("object", LuaInstance<any CustomStringConvertible>.self, "")) {
            $0.value.description
        },
        LuaFunction("bytes", "The string itself.", Parameter("text", String.self, "")) { $0 },
        LuaFunction("list", "The numbers, doubled.", Parameter("list", [Int].self, "")) { $0.map { $0 * 2 } },
        LuaFunction("fields", "The fields, doubled.", Parameter("fields", [String: Double].self, "")) {
            $0.mapValues { $0 * 2 }
        },
        LuaFunction("echo", "The value itself.", Parameter("value", LuaValue.self, "")) { $0 },
        LuaFunction("flag", "Not.", Parameter("flag", Bool.self, "")) { !$0 },
        LuaFunction("single", "In single precision.", Parameter("x", Float.self, "")) { $0 },
        LuaFunction(
            "odd", "Refuses even numbers.", Parameter("x", Int.self, ""), Option("by", Int.self, default: 1, "")
        ) {
            x, by in
            guard x % 2 != 0 else { throw LuaArgumentError("x", "must be odd, got \(x)") }
            guard by > 0 else { throw LuaArgumentError("by", "must be positive, got \(by)") }
        },
        LuaFunction("grow", "Enters bytes that a new counter gives back.", Parameter("bytes", Int.self, "")) {
            Ballast($0)
        },
        LuaFunction("reclaim", "Asks for memory.") { MemoryLedger.reclaim() },
        LuaFunction("hang", "Does not hear an interrupt.") { () -> Void in while true { usleep(1000) } },
        LuaFunction("wait", "Waits until it is interrupted.") { while !Interrupt.isRequested { usleep(1000) } },
        LuaFunction("change", "Changes a table.", Parameter("table", LuaTable.self, "")) { table in
            try table.set("sum", try table.get("a", as: Int.self) + table.get("b", as: Int.self))
            return try table.count()
        },
        LuaFunction(
            "zeros", "Adds sizes.", Variadic("sizes", Int.self, "sizes"), Option("fill", Int.self, default: 0, "")
        ) {
            sizes, fill in
            let total = sizes.reduce(0, &+)
            return total + fill
        },
        LuaFunction(
            "draw", "Draws numbers.", Parameter("count", Int.self, in: .count, "how many"),
            Option("std", Float?.self, in: .positive, "the width").excluding("log_variance"),
            Option("log_variance", Double.self, in: .finite, default: 0, "the width's logarithm"),
            Option("share", Double.self, in: .share, default: 0.5, "the share kept").needing("std"),
            Option("size", LuaEither<Int, [Int]>?.self, in: .between(2, 8), "one or several"), returns: "the count"
        ) { count, _, _, _, _ in count },
        LuaFunction("pair", "Two results.", Parameter("x", String.self, "")) { x in (x, x.count) },
        LuaFunction("nothing", "No result.") {},
        LuaFunction("increment", "Adds one.", Parameter("x", Int.self, "")) { x in x &+ 1 },
        LuaFunction("apply", "Calls back.", Parameter("f", LuaCallback.self, ""), Parameter("x", LuaValue.self, "")) {
            f, x in try f(x, returning: LuaValue.self)
        },
    ],
    constants: [LuaConstant("answer", "The answer.", 42)], types: [Counter.luaType, Named.luaType, Ballast.luaType],
    submodules: [
        LuaModule("inner", "Within.", functions: [LuaFunction("one", "One.", example: "demo.inner.one()") { 1 }])
    ])

/// An object that stands for bytes of the ledger.
package final class Ballast: LuaObject {
    package static let luaType = LuaType("Ballast", "Weighs.", isReleasable: true)
    private let bytes: Int

    init(_ bytes: Int) {
        self.bytes = bytes
        MemoryLedger.add(bytes)
    }

    deinit { MemoryLedger.add(-bytes) }
}

/// A state with the module `demo`.
package func demoState() throws -> LuaState {
    let lua = try LuaState()
    try lua.register(testModule)
    try lua.registerHelp()
    return lua
}

/// The results of a chunk as `tostring` shows them, or its error message.
package func outcome(_ text: String, in lua: LuaState) -> String {
    do {
        return try lua.run(text, name: "=x").map { try lua.text(of: $0) }.joined(separator: " ")
    } catch {
        return "\(error)"
    }
}
