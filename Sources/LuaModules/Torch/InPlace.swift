import LuaBridge
import Tensors

/// Operations that change a tensor in place and return it; their names end in an underscore. Gradients flow through
/// them.
extension Tensor {
    private static let other = Parameter(
        "other", Operand.self, "a tensor that broadcasts to the shape, or a number")
    private static let alpha = Option("alpha", Float.self, default: 1, "what `other` is multiplied by")

    static let luaInPlace = [
        LuaFunction(
            "add_", "Adds to the elements.", this, other, alpha, returns: "the tensor",
            example: "torch.ones(2):add_(3, {alpha = 2}):sum():item() == 14"
        ) { x, other, factor -> Tensor in try x.add(other.tensor(), factor: factor) },
        LuaFunction(
            "sub_", "Subtracts from the elements.", this, other, alpha, returns: "the tensor",
            example: "torch.ones(2):sub_(3):sum():item() == -4"
        ) { x, other, factor -> Tensor in try x.add(other.tensor(), factor: -factor) },
        LuaFunction(
            "mul_", "Multiplies the elements.", this, other, returns: "the tensor",
            example: "torch.ones(2):mul_(3):sum():item() == 6"
        ) { x, other -> Tensor in try x.multiply(by: other.tensor()) },
        LuaFunction(
            "div_", "Divides the elements.", this, other, returns: "the tensor",
            example: "torch.ones(2):div_(2):sum():item() == 1"
        ) { x, other -> Tensor in try x.divide(by: other.tensor()) },
        LuaFunction(
            "zero_", "Sets the elements to 0.", this, returns: "the tensor", example: "not torch.ones(2):zero_():any()"
        ) { x -> Tensor in try x.fill(0) },
        LuaFunction(
            "fill_", "Sets the elements to a value.", this, Parameter("value", Float.self, "the value"),
            returns: "the tensor", example: "torch.ones(2):fill_(3):sum():item() == 6"
        ) { x, value -> Tensor in try x.fill(value) },
        LuaFunction(
            "copy_", "Copies the elements of another tensor.", this,
            Parameter("source", Tensor.self, "a tensor that broadcasts to the shape"), returns: "the tensor",
            example: "torch.zeros(2, 2):copy_(torch.tensor({1, 2})):sum():item() == 6"
        ) { x, source -> Tensor in try x.assign(source) },
        LuaFunction(
            "clamp_", "Holds the elements within two bounds.", this, least, most, returns: "the tensor",
            example: "torch.full({2}, 5):clamp_(0, 1):sum():item() == 2"
        ) { x, least, most -> Tensor in
            let (minimum, maximum) = try bounds(least, most)
            return try x.clamp(minimum: minimum, maximum: maximum)
        },
        LuaFunction(
            "masked_fill_", "Sets the elements where a mask is not 0.", this,
            Parameter("mask", Tensor.self, "a tensor that broadcasts to the shape"),
            Parameter("value", Float.self, "the value"),
            returns: "the tensor",
            example: "local t = torch.arange(5); assert(t:masked_fill_(t:gt(3), 0):sum():item() == 6)"
        ) { x, mask, value -> Tensor in try x.maskedAssign(Tensor(value), where: mask) },
        LuaFunction(
            "normal_", "Sets the elements to independent normal numbers.", this,
            Parameter("mean", Float.self, default: 0, "their mean"),
            Parameter("std", Float.self, default: 1, "their standard deviation"), GeneratorOption(),
            returns: "the tensor", example: "torch.zeros(2):normal_(5, 0):sum():item() == 10"
        ) { x, mean, deviation, generator -> Tensor in
            try x.assign(Tensor.randn(x.shape, generator: generator).multiply(by: deviation).add(Tensor(mean)))
        },
    ]
}
