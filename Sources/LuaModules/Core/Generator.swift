import LuaBridge
import Support

extension RandomGenerator: LuaObject {
    /// A generator's state and its seed.
    public static let luaType = LuaType(
        "Generator", "A source of random numbers: the same seed gives the same numbers, with any number of threads.",
        methods: [
            LuaFunction(
                "manual_seed", "Goes back to the start of the numbers of a seed.", this,
                Parameter("seed", Int.self, in: .any, "any integer"), returns: "the generator",
                example: "torch.Generator(1):manual_seed(2):initial_seed() == 2"
            ) { generator, seed in
                generator.restore(seed: UInt64(bitPattern: Int64(seed)))
                return generator
            },
            LuaFunction(
                "initial_seed", "The seed.", this, returns: "an integer",
                example: "torch.Generator(7):initial_seed() == 7"
            ) { generator in Int(truncatingIfNeeded: generator.seed) },
            LuaFunction(
                "get_state", "What `set_state` brings the generator back to.", this,
                returns: "a table with the fields seed and counter",
                example: "torch.Generator(7):get_state().counter == 0"
            ) { $0.luaState },
            LuaFunction(
                "set_state", "Brings the generator back to a state that was kept.", this,
                Parameter("state", [String: Int].self, "what `get_state` returned"), returns: "the generator",
                example: "local g = torch.Generator(7); g:set_state(g:get_state())"
            ) { generator, state in
                try generator.restore(luaState: state)
                return generator
            },
        ],
        metamethods: [
            LuaFunction("__tostring", "Seed, and how many blocks of numbers were drawn.", this, returns: "a string") {
                "Generator(seed = \($0.luaState["seed"] ?? 0), counter = \($0.counter))"
            }
        ])

    /// Seed and counter as the fields of a table; both may be negative, as Lua has no unsigned integers.
    var luaState: [String: Int] {
        ["seed": Int(truncatingIfNeeded: seed), "counter": Int(truncatingIfNeeded: counter)]
    }

    func restore(luaState: [String: Int]) throws(LuaArgumentError) {
        guard let seed = luaState["seed"], let counter = luaState["counter"] else {
            throw LuaArgumentError("state", "the fields seed and counter expected")
        }
        restore(seed: UInt64(truncatingIfNeeded: seed), counter: UInt64(truncatingIfNeeded: counter))
    }
}

/// The option `generator` of every function that draws random numbers; by default it is the session's generator, which
/// `torch.manual_seed` seeds.
public struct GeneratorOption: LuaParameter {
    private let option = Option(
        "generator", RandomGenerator?.self, "the source of the numbers; the session's own by default")

    /// The option `generator`.
    public init() {}

    /// Name, type, meaning and default.
    public var parameterDescriptions: [ParameterDescription] { option.parameterDescriptions }

    /// The generator given, or the session's, whose seed is 0 at first.
    public func read(_ reader: inout ArgumentReader) throws(LuaArgumentError) -> RandomGenerator {
        try option.read(&reader) ?? reader.stack.sessionGenerator
    }
}

extension LuaStack {
    /// The session's generator, whose seed is 0 at first.
    var sessionGenerator: RandomGenerator { shared { RandomGenerator(seed: 0) } }
}

/// An object, and the generator of the session that it is used in.
struct InSession<Object: LuaDecodable>: LuaDecodable {
    /// The object.
    let object: Object
    /// The session's generator.
    let generator: RandomGenerator

    /// The object's.
    static var luaTypeName: String { Object.luaTypeName }

    /// Reads the object.
    static func decode(_ stack: LuaStack, at index: Int32) throws(LuaMismatch) -> InSession {
        InSession(object: try Object.decode(stack, at: index), generator: stack.sessionGenerator)
    }
}
