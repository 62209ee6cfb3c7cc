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
            "bernoulli", "1 with the probability that each element is, 0 otherwise.",
            Parameter("p", Tensor.self, "probabilities"), GeneratorOption(), returns: "a tensor",
            example: "torch.bernoulli(torch.ones(3)):sum():item() == 3"
        ) { p, generator in try p.bernoulli(generator: generator) },
        LuaFunction(
            "multinomial", "Indices drawn with the probabilities that weights are proportional to.",
            Parameter("weights", Tensor.self, "numbers of 0 or more, a vector or a row for each result"),
            Parameter("n", Int.self, in: .count, "how many for each row"),
            Option("replacement", Bool.self, default: false, "whether an index may come several times"),
            GeneratorOption(), returns: "a tensor of indices",
            example: "torch.multinomial(torch.tensor({0, 1, 0}), 4, {replacement = true}):sum():item() == 8"
        ) { weights, count, replacement, generator in
            try weights.multinomial(count, replacement: replacement, generator: generator)
        },
        LuaFunction(
            "exponential", "Independent numbers of the exponential distribution; gradients go to the rates.",
            Parameter("rate", LuaEither<Tensor, [Int]>.self, "a tensor of rates, or a size for the rate 1"),
            GeneratorOption(), returns: "a tensor", example: "torch.exponential({100}):min():item() > 0"
        ) { rate, generator -> Tensor in
            switch rate {
            case .first(let rates): return try rates.exponential(generator: generator)
            case .second(let shape): return try Tensor.exponential(shape, generator: generator)
            }
        },
        LuaFunction(
            "standard_gamma",
            "Independent numbers of the gamma distribution of the rate 1; gradients go to the concentrations.",
            Parameter("concentration", Tensor.self, "positive numbers"), GeneratorOption(), returns: "a tensor",
            example: "torch.standard_gamma(torch.full({100}, 3)):min():item() > 0"
        ) { concentration, generator in try concentration.standardGamma(generator: generator) },
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
