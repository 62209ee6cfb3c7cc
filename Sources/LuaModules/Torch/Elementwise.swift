import LuaBridge
import Tensors

/// Element-wise operations: methods, and functions of `torch` under the same names.
extension Tensor {
    /// The bounds of a clamp.
    static let least = Parameter("min", Float?.self, "the smallest value; none by default")
    static let most = Parameter("max", Float?.self, "the largest value; none by default")
    private static let dim = Parameter("dim", Int.self, "the dimension")

    static let luaElementwise =
        ElementwiseFunction.all.map { function in
            unary(
                function.operation.rawValue, function.summary, at: function.example.x, gives: function.example.value
            ) { x throws(TensorError) in try function(x) }
        } + [
            unary("neg", "-x.", at: 3, gives: -3) { x throws(TensorError) in try x.negated() },
            LuaFunction(
                "leaky_relu", "x where it is positive, `negative_slope` x elsewhere.", this,
                Parameter("negative_slope", Float.self, default: 0.01, "the slope below 0"), returns: "a tensor",
                example: "torch.tensor(-2):leaky_relu(0.5):item() == -1"
            ) { x, slope in try x.leakyRelu(negativeSlope: slope) },
            LuaFunction(
                "clamp", "Holds the elements within two bounds.", this, least, most, returns: "a tensor",
                example: "torch.tensor(5):clamp(0, 1):item() == 1"
            ) { x, least, most -> Tensor in
                let (minimum, maximum) = try bounds(least, most)
                return try x.clamped(minimum: minimum, maximum: maximum)
            },
            LuaFunction(
                "nan_to_num", "Replaces NaN and the infinities by numbers.", this,
                Parameter("nan", Float.self, default: 0, "for NaN"),
                Parameter("posinf", Float?.self, "for infinity; the largest number by default"),
                Parameter("neginf", Float?.self, "for -infinity; the smallest number by default"), returns: "a tensor",
                example: "torch.tensor(1/0):nan_to_num(0, 5):item() == 5"
            ) { x, nan, positive, negative in
                try x.nanToNum(
                    nan: nan, positiveInfinity: positive ?? .greatestFiniteMagnitude,
                    negativeInfinity: negative ?? -.greatestFiniteMagnitude)
            },
            LuaFunction(
                "softmax", "e^x / (the sum of e^x over a dimension).", this, dim, returns: "a tensor",
                example: "torch.zeros(3, 2):softmax(2)[{1, 1}]:item() == 0.5"
            ) { x, dim in try x.softmax(dim) },
            LuaFunction(
                "log_softmax", "The logarithm of the softmax over a dimension.", this, dim, returns: "a tensor",
                example: "torch.zeros(3, 1):log_softmax(2)[{1, 1}]:item() == 0"
            ) { x, dim in try x.logSoftmax(dim) },
        ] + luaBinary

    private static let luaBinary =
        [
            binary("add", "The sum.", gives: 8, Arithmetic.add),
            binary("sub", "The difference.", gives: 4, Arithmetic.subtract),
            binary("mul", "The product, element by element.", gives: 12, Arithmetic.multiply),
            binary("div", "The quotient.", gives: 3, Arithmetic.divide),
            binary("pow", "The power.", gives: 36, Arithmetic.power),
            binary("remainder", "The rest of self / other, with the sign of other.", gives: 0, Arithmetic.remainder),
            binary("fmod", "The rest of self / other, with the sign of self.", gives: 0) { a, b throws(TensorError) in
                try Tensor.fmod(a.tensor(), b.tensor())
            },
            binary(
                "atan2", "The angle of the point (other, self) in radians, from -pi to pi.", at: 0, gives: 0
            ) { a, b throws(TensorError) in try Tensor.atan2(a.tensor(), b.tensor()) },
            LuaFunction(
                "gammainc", "The share below `x` of the gamma distribution of the rate 1; gradients go to x alone.",
                Parameter("concentration", Operand.self, "a tensor or a number"),
                Parameter("x", Operand.self, "a tensor that broadcasts with it, or a number"), returns: "a tensor",
                example: "torch.gammainc(torch.tensor(2), 0):item() == 0"
            ) { a, x in try Tensor.gammainc(a.tensor(), x.tensor()) },
            LuaFunction(
                "betainc", "The share below `x` of the beta distribution; gradients go to x alone.",
                Parameter("a", Operand.self, "the first concentration, a tensor or a number"),
                Parameter("b", Operand.self, "the second"), Parameter("x", Operand.self, "from 0 to 1"),
                returns: "a tensor", example: "torch.betainc(1, 1, torch.tensor(0.5)):item() == 0.5"
            ) { a, b, x in try Tensor.betainc(a.tensor(), b.tensor(), x.tensor()) },
            binary("floor_divide", "self / other, rounded down.", gives: 3, Arithmetic.floorDivide),
            binary("maximum", "The larger of each two elements.", gives: 6) { a, b throws(TensorError) in
                try Tensor.maximum(a.tensor(), b.tensor())
            },
            binary("minimum", "The smaller of each two elements.", gives: 2) { a, b throws(TensorError) in
                try Tensor.minimum(a.tensor(), b.tensor())
            },
        ]
        + Comparison.allCases.map { comparison in
            binary(
                comparison.rawValue, "1 where self \(comparison.symbol) other, 0 elsewhere.",
                gives: comparison.holdsForLarger ? 1 : 0
            ) { a, b throws(TensorError) in try a.tensor().compared(comparison, b.tensor()) }
        }
        + Logic.allCases.map { logic in
            binary(
                logic.rawValue, "1 where self \(logic.words) other is not 0, 0 elsewhere.",
                gives: logic == .exclusiveOr ? 0 : 1
            ) { a, b throws(TensorError) in try a.tensor().combined(logic, b.tensor()) }
        }
        + [
            unary("logical_not", "1 where self is 0, 0 elsewhere.", at: 3, gives: 0) { x throws(TensorError) in
                try x.logicalNot()
            },
            unary("isnan", "1 where an element is NaN, 0 elsewhere.", at: 3, gives: 0) { x throws(TensorError) in
                try x.isNaN()
            },
            unary(
                "isinf", "1 where an element is infinity or -infinity, 0 elsewhere.", at: 3, gives: 0
            ) { x throws(TensorError) in try x.isInfinite() },
            unary(
                "isfinite", "1 where an element is neither infinite nor NaN, 0 elsewhere.", at: 3, gives: 1
            ) { x throws(TensorError) in try x.isFinite() },
        ]

    /// The bounds of a clamp, of which one may be left out.
    static func bounds(_ least: Float?, _ most: Float?) throws -> (minimum: Float, maximum: Float) {
        guard least != nil || most != nil else { throw LuaArgumentError("min", "a number expected for min or max") }
        return (least ?? -.infinity, most ?? .infinity)
    }

    private static func unary(
        _ name: String, _ summary: String, at x: Float, gives y: Float,
        _ body: @escaping (Tensor) throws(TensorError) -> Tensor
    ) -> LuaFunction {
        LuaFunction(
            name, summary, this, returns: "a tensor", example: "torch.tensor(\(x)):\(name)():item() == \(y)", body: body
        )
    }

    private static func binary(
        _ name: String, _ summary: String, at x: Float = 6, gives y: Float,
        _ body: @escaping (Operand, Operand) throws(TensorError) -> Tensor
    ) -> LuaFunction {
        LuaFunction(
            name, summary, Parameter("self", Operand.self, "a tensor or a number"),
            Parameter("other", Operand.self, "a tensor that broadcasts with it, or a number"), returns: "a tensor",
            example: "torch.\(name)(torch.tensor(\(x)), 2):item() == \(y)", body: body)
    }
}

extension Tensor.Comparison {
    fileprivate var symbol: String {
        switch self {
        case .equal: "=="
        case .notEqual: "~="
        case .less: "<"
        case .lessOrEqual: "<="
        case .greater: ">"
        case .greaterOrEqual: ">="
        }
    }

    fileprivate var holdsForLarger: Bool { [.notEqual, .greater, .greaterOrEqual].contains(self) }
}

extension Tensor.Logic {
    fileprivate var words: String {
        switch self {
        case .and: "and"
        case .or: "or"
        case .exclusiveOr: "or, but not both,"
        }
    }
}
