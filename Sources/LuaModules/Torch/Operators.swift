import LuaBridge
import Tensors

/// Arithmetic of tensors and numbers: what the operators do, and the functions and methods of the same names.
enum Arithmetic {
    static func add(_ a: Operand, _ b: Operand) throws(TensorError) -> Tensor {
        switch (a, b) {
        case (.first(let x), .second(let n)), (.second(let n), .first(let x)): try x.offset(by: n)
        default: try a.tensor() + b.tensor()
        }
    }

    static func subtract(_ a: Operand, _ b: Operand) throws(TensorError) -> Tensor {
        switch (a, b) {
        case (.first(let x), .second(let n)): try x.offset(by: -n)
        case (.second(let n), .first(let x)): try x.negated().offset(by: n)
        default: try a.tensor() - b.tensor()
        }
    }

    static func multiply(_ a: Operand, _ b: Operand) throws(TensorError) -> Tensor {
        switch (a, b) {
        case (.first(let x), .second(let n)), (.second(let n), .first(let x)): try x.scaled(by: n)
        default: try a.tensor() * b.tensor()
        }
    }

    static func divide(_ a: Operand, _ b: Operand) throws(TensorError) -> Tensor { try a.tensor() / b.tensor() }

    static func power(_ a: Operand, _ b: Operand) throws(TensorError) -> Tensor {
        if case (.first(let x), .second(let n)) = (a, b) { return try x.power(n) }
        return try Tensor.power(a.tensor(), b.tensor())
    }

    static func remainder(_ a: Operand, _ b: Operand) throws(TensorError) -> Tensor {
        try Tensor.remainder(a.tensor(), b.tensor())
    }

    static func floorDivide(_ a: Operand, _ b: Operand) throws(TensorError) -> Tensor {
        try Tensor.floorDivide(a.tensor(), b.tensor())
    }
}

extension Tensor {
    static let luaMetamethods =
        [
            binary("__add", "a + b", Arithmetic.add), binary("__sub", "a - b", Arithmetic.subtract),
            binary("__mul", "a * b, element by element", Arithmetic.multiply),
            binary("__div", "a / b", Arithmetic.divide), binary("__pow", "a ^ b", Arithmetic.power),
            binary("__mod", "a % b, which has the sign of b", Arithmetic.remainder),
            binary("__idiv", "a // b, rounded down", Arithmetic.floorDivide),
            LuaFunction(
                "__unm", "-a", Parameter("a", Tensor.self, "a tensor"), returns: "a tensor",
                example: "(-torch.ones(3)):sum():item() == -3"
            ) { a in try a.negated() },
            LuaFunction(
                "__len", "The size of the first dimension.", Parameter("a", Tensor.self, "a tensor"),
                returns: "an integer", example: "#torch.zeros(4, 2) == 4"
            ) { a in try a.length() },
            LuaFunction(
                "__index", "The part of the tensor that an index names, sharing its memory unless a tensor chooses it.",
                this, Parameter("index", TensorIndex.self, TensorIndex.summary), returns: "a tensor",
                example: "torch.eye(3)[{2, {2, 3}}]:sum():item() == 1"
            ) { tensor, index in try index.part(of: tensor) },
            LuaFunction(
                "__newindex", "Changes the part of the tensor that an index names.", this,
                Parameter("index", TensorIndex.self, TensorIndex.summary),
                Parameter("value", TensorData.self, "a tensor that broadcasts, a number or a table"),
                example: "local t = torch.zeros(3); t[2] = 5; assert(t:sum():item() == 5)"
            ) { tensor, index, value in try index.assign(value.tensor, in: tensor) },
        ] + luaQuestions

    private static func binary(
        _ name: String, _ summary: String, _ body: @escaping (Operand, Operand) throws(TensorError) -> Tensor
    ) -> LuaFunction {
        LuaFunction(
            name, summary, Parameter("a", Operand.self, "a tensor or a number"),
            Parameter("b", Operand.self, "a tensor that broadcasts with a, or a number"), returns: "a tensor",
            body: body)
    }

    private func length() throws(TensorError) -> Int {
        guard let size = shape.first else {
            throw .shape(operation: "#", parameter: "self", shape: shape, expected: "at least one dimension")
        }
        return size
    }
}
