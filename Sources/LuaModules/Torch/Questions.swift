import LuaBridge
import Tensors

/// Comparisons, `..`, and the operators of masks. Lua makes the result of a comparison true or false, so tensors need
/// one element (== also knows a tensor as itself); errors tell what to write for more.
extension Tensor {
    static let luaQuestions =
        [
            LuaFunction(
                "__eq",
                "Whether two tensors are the same object or, of one element each, equal; of others ask eq, equal or allclose.",
                Parameter("a", Tensor.self, "a tensor"), Parameter("b", Tensor.self, "a tensor"), returns: "a boolean"
            ) { a, b -> Bool in
                if a === b { return true }
                let advice = "eq compares all, and equal and allclose ask whether they are alike"
                return try single(a, "==", advice) == single(b, "==", advice)
            },
            order("__lt", "a < b, of one element each; of more, ask lt or gt.", "< or >", "lt and gt compare all", <),
            order(
                "__le", "a <= b, of one element each; of more, ask le or ge.", "<= or >=", "le and ge compare all", <=),
            LuaFunction(
                "__concat", "An error that tells what to write.", Parameter("a", LuaValue.self, "a tensor or a value"),
                Parameter("b", LuaValue.self, "a tensor or a value"), returns: "nothing"
            ) { (_: LuaValue, _: LuaValue) -> Bool in
                throw TensorError.argument(
                    operation: "..", parameter: "an operand", value: "a tensor",
                    expected: "tostring(t) or t:item() for a text, torch.cat for one tensor of several")
            },
            mask("__band", "a & b, of masks", "&", .and), mask("__bor", "a | b, of masks", "|", .or),
            mask("__bxor", "a ~ b, of masks", "~", .exclusiveOr),
            LuaFunction(
                "__bnot", "~a, of a mask", Parameter("a", Tensor.self, "a mask"), returns: "a mask",
                example: "(~torch.arange(3):gt(1)):sum():item() == 1"
            ) { a in try requireMask(a, "~").logicalNot() },
        ]

    private static func order(
        _ name: String, _ summary: String, _ symbol: String, _ advice: String,
        _ holds: @escaping (Float, Float) -> Bool
    ) -> LuaFunction {
        LuaFunction(
            name, summary, Parameter("a", Operand.self, "a tensor or a number"),
            Parameter("b", Operand.self, "a tensor or a number"), returns: "a boolean"
        ) { a, b -> Bool in
            try holds(single(a.tensor(), symbol, advice), single(b.tensor(), symbol, advice))
        }
    }

    private static func mask(_ name: String, _ summary: String, _ symbol: String, _ logic: Logic) -> LuaFunction {
        LuaFunction(
            name, summary, Parameter("a", Tensor.self, "a mask"),
            Parameter("b", Tensor.self, "a mask that broadcasts with it"), returns: "a mask"
        ) { a, b -> Tensor in try requireMask(a, symbol).combined(logic, requireMask(b, symbol)) }
    }

    /// The only element of an operand; where there are others, the error gives `advice`.
    private static func single(_ tensor: Tensor, _ symbol: String, _ advice: String) throws(TensorError) -> Float {
        guard tensor.count == 1 else {
            throw .shape(
                operation: symbol, parameter: "an operand", shape: tensor.shape,
                expected: "one element, as the answer is true or false: \(advice)")
        }
        return try tensor.item()
    }

    private static func requireMask(_ tensor: Tensor, _ symbol: String) throws(TensorError) -> Tensor {
        guard tensor.isMask else {
            throw .argument(
                operation: symbol, parameter: "an operand", value: "a tensor of numbers",
                expected: "a mask, as comparisons such as t:gt(0) give; t:ne(0) makes one")
        }
        return tensor
    }
}
