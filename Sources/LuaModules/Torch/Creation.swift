import LuaBridge
import Support
import Tensors

/// Functions that make tensors.
extension LuaModule {
    private static let sizes = Variadic("size", Int.self, "the size of each dimension")
    private static let gradient = Option(
        "requires_grad", Bool.self, default: false, "whether gradients are to reach the tensor")
    private static let other = Parameter("input", Tensor.self, "the other")

    static let torchCreation = [
        LuaFunction(
            "tensor", "Makes a tensor of numbers, or copies a tensor.",
            Parameter("data", TensorData.self, "a number, a list, a list of lists ..., a tensor"),
            gradient, returns: "a tensor", example: "torch.tensor({{1, 2}, {3, 4}}):sum():item() == 10"
        ) { data, required -> Tensor in try data.tensor.detached().cloned().requireGradient(required) },
        LuaFunction(
            "zeros", "Makes a tensor of zeros.", sizes, gradient, returns: "a tensor",
            example: "torch.zeros(2, 3):numel() == 6"
        ) { shape, required in try Tensor.zeros(shape).requireGradient(required) },
        LuaFunction(
            "ones", "Makes a tensor of ones.", sizes, gradient, returns: "a tensor",
            example: "torch.ones(2, 3):sum():item() == 6"
        ) { shape, required in try Tensor.ones(shape).requireGradient(required) },
        LuaFunction(
            "full", "Makes a tensor of one value.", Parameter("size", [Int].self, "the size of each dimension"),
            Parameter("value", Float.self, "the value"), gradient, returns: "a tensor",
            example: "torch.full({2, 3}, 7):max():item() == 7"
        ) { shape, value, required in try Tensor.full(shape, value).requireGradient(required) },
        LuaFunction(
            "zeros_like", "Makes a tensor of zeros in the shape of another.", other, gradient, returns: "a tensor",
            example: "torch.zeros_like(torch.ones(2, 3)):sum():item() == 0"
        ) { input, required in try input.zerosLike().requireGradient(required) },
        LuaFunction(
            "ones_like", "Makes a tensor of ones in the shape of another.", other, gradient, returns: "a tensor",
            example: "torch.ones_like(torch.zeros(2, 3)):sum():item() == 6"
        ) { input, required in try input.zerosLike().fill(1).requireGradient(required) },
        LuaFunction(
            "full_like", "Makes a tensor of one value in the shape of another.", other,
            Parameter("value", Float.self, "the value"), gradient, returns: "a tensor",
            example: "torch.full_like(torch.zeros(2, 3), 7):max():item() == 7"
        ) { input, value, required in try input.zerosLike().fill(value).requireGradient(required) },
        LuaFunction(
            "eye", "Makes an identity matrix.", Parameter("n", Int.self, "the number of rows"), returns: "a tensor",
            example: "torch.eye(3):sum():item() == 3"
        ) { size in try Tensor.eye(size) },
        LuaFunction(
            "arange", "The numbers from `first` to `last`, both included; arange(n) counts from 1 to n.",
            Parameter("first", Double.self, "the first number"),
            Parameter("last", Double?.self, "the largest number"),
            Parameter("step", Double.self, default: 1, "from one to the next"), returns: "a tensor of one dimension",
            example: "torch.arange(2, 10, 4):totable()[3] == 10"
        ) { first, last, step -> Tensor in
            if let last { return try Tensor.arange(first, last, step: step) }
            return try Tensor.arange(1, first, step: step)
        },
        LuaFunction(
            "linspace", "Numbers evenly spaced from `first` to `last`, both included.",
            Parameter("first", Double.self, "the first number"), Parameter("last", Double.self, "the last number"),
            Parameter("steps", Int.self, "how many"), returns: "a tensor of one dimension",
            example: "torch.linspace(0, 1, 5)[2]:item() == 0.25"
        ) { first, last, steps in try Tensor.linspace(first, last, count: steps) },
        LuaFunction(
            "randn", "Independent normal numbers of mean 0 and variance 1.", sizes, GeneratorOption(), gradient,
            returns: "a tensor", example: "torch.randn(2, 3, {generator = torch.Generator(1)})"
        ) { shape, generator, required in try Tensor.randn(shape, generator: generator).requireGradient(required) },
        LuaFunction(
            "randn_like", "Independent normal numbers in the shape of another tensor.", other, GeneratorOption(),
            gradient, returns: "a tensor",
            example: "torch.randn_like(torch.zeros(2, 3)):numel() == 6"
        ) { input, generator, required in try input.randnLike(generator: generator).requireGradient(required) },
        LuaFunction(
            "rand", "Independent uniform numbers from 0 up to, but not including, 1.", sizes, GeneratorOption(),
            gradient, returns: "a tensor", example: "torch.rand(100):max():item() < 1"
        ) { shape, generator, required in try Tensor.rand(shape, generator: generator).requireGradient(required) },
    ]
}
