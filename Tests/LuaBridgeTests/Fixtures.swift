import LuaBridge
import Synchronization

/// An object that counts how many of its kind live.
final class Counter: LuaObject, CustomStringConvertible {
    static let live = Atomic<Int>(0)
    var count: Int

    init(_ count: Int) {
        self.count = count
        Self.live.add(1, ordering: .relaxed)
    }

    deinit { Self.live.subtract(1, ordering: .relaxed) }

    var description: String { "Counter(\(count))" }

    static let luaType = LuaType(
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

/// A counter with a name, on which scripts may set fields.
enum Failure: Error, CustomStringConvertible {
    case planned(Int)

    var description: String {
        switch self {
        case .planned(let count): "planned failure at \(count)"
        }
    }
}

/// A module with a function of each kind.
let testModule = LuaModule(
    "demo", "Functions to test the bridge with.",
    functions: [
        LuaFunction("counter", "Makes a counter.", Parameter("start", Int.self, default: 0, "the first count")) {
            Counter($0)
        },
        LuaFunction(
            "conv3d", "Convolves.", Parameter("input", Double.self, "the input"), Parameter("padding", Int.self, "zeros"),
            Option("stride", Int.self, default: 1, "the step"), Option("groups", Int?.self, "how many"),
            returns: "a sum", example: "demo.conv3d(1, 2, {stride = 3})"
        ) { input, padding, stride, groups in input + Double(padding * stride + (groups ?? 0)) },
        LuaFunction("zeros", "Adds sizes.", Variadic("sizes", Int.self, "sizes"), Option("fill", Int.self, default: 0, "")) {
            sizes, fill in
            let total = sizes.reduce(0, &+)
            return total + fill
        },
        LuaFunction("pair", "Two results.", Parameter("x", String.self, "")) { x in (x, x.count) },
        LuaFunction("nothing", "No result.") {},
        LuaFunction("increment", "Adds one.", Parameter("x", Int.self, "")) { x in x &+ 1 },
        LuaFunction("apply", "Calls back.", Parameter("f", LuaCallback.self, ""), Parameter("x", LuaValue.self, "")) {
            f, x in try f(x, returning: LuaValue.self)
        },
    ],
    constants: [LuaConstant("answer", "The answer.", 42)], types: [Counter.luaType])
