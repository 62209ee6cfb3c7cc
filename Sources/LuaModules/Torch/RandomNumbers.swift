import LuaBridge
import Support
import Tensors

/// Random integers, and the generators of random numbers.
extension LuaModule {
    static let torchRandom = [
        LuaFunction(
            "randint", "Independent whole numbers from `low` to `high`, both included.",
            Parameter("low", Int.self, "the smallest"), Parameter("high", Int.self, "the largest"),
            Parameter("size", [Int].self, "the size of each dimension"), GeneratorOption(), returns: "a tensor",
            example: "torch.randint(1, 6, {100}):max():item() == 6"
        ) { low, high, shape, generator in try Tensor.randint(low, high, shape, generator: generator) },
        LuaFunction(
            "randperm", "The whole numbers from 1 to n in random order.", Parameter("n", Int.self, "how many"),
            GeneratorOption(), returns: "a tensor", example: "torch.randperm(10):sum():item() == 55"
        ) { count, generator in try Tensor.randperm(count, generator: generator) },
        LuaFunction(
            "Generator", "Makes a source of random numbers.", Parameter("seed", Int.self, default: 0, "any integer"),
            returns: "a generator", example: "torch.rand(3, {generator = torch.Generator(7)}):numel() == 3"
        ) { seed in RandomGenerator(seed: UInt64(bitPattern: Int64(seed))) },
        LuaFunction(
            "manual_seed", "Goes back to the start of the random numbers of a seed; a session begins with seed 0.",
            Parameter("seed", Int.self, "any integer"), GeneratorOption(), returns: "the generator",
            example: """
                torch.manual_seed(1); local a = torch.rand(3); torch.manual_seed(1); assert(a:equal(torch.rand(3)))
                """
        ) { seed, generator -> RandomGenerator in
            generator.restore(seed: UInt64(bitPattern: Int64(seed)))
            return generator
        },
        LuaFunction(
            "get_rng_state", "What `set_rng_state` brings the random numbers back to.", GeneratorOption(),
            returns: "a table with the fields seed and counter", example: "torch.get_rng_state().counter == 0"
        ) { generator in generator.luaState },
        LuaFunction(
            "set_rng_state", "Brings the random numbers back to a state that was kept.",
            Parameter("state", [String: Int].self, "what `get_rng_state` returned"), GeneratorOption(),
            example: "torch.set_rng_state(torch.get_rng_state())"
        ) { state, generator in try generator.restore(luaState: state) },
    ]
}
