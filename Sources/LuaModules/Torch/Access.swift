import LuaBridge
import Support
import Tensors

/// What a tensor tells of itself.
extension Tensor {
    static let luaAccess = [
        LuaFunction(
            "item", "The only element.", this, returns: "a number", example: "torch.tensor(3):item() == 3"
        ) { tensor in try tensor.item() },
        LuaFunction(
            "totable", "The elements as nested tables.", this, returns: "a number or a table",
            example: "torch.eye(2):totable()[2][2] == 1"
        ) { tensor in try NestedNumbers(tensor) },
        LuaFunction(
            "tolist", "The elements as nested tables, as `totable`.", this, returns: "a number or a table",
            example: "torch.eye(2):tolist()[2][2] == 1"
        ) { tensor in try NestedNumbers(tensor) },
        LuaFunction(
            "size", "The size of a dimension, or of each of them.", this,
            Parameter("dim", Int?.self, "the dimension; all of them by default"),
            returns: "an integer, or a table of them",
            example: "torch.zeros(2, 3):size(-1) == 3"
        ) { tensor, dim in try tensor.size(dim) },
        LuaFunction(
            "dim", "The number of dimensions.", this, returns: "an integer", example: "torch.zeros(2, 3):dim() == 2"
        ) { tensor in tensor.rank },
        LuaFunction(
            "numel", "The number of elements.", this, returns: "an integer", example: "torch.zeros(2, 3):numel() == 6"
        ) { tensor in tensor.count },
        LuaFunction(
            "is_contiguous", "Whether the elements lie without gaps, the last dimension running fastest.", this,
            returns: "a boolean", example: "not torch.zeros(2, 3):t():is_contiguous()"
        ) { tensor in tensor.isContiguous },
        LuaFunction(
            "summary", "Shape, smallest, mean and largest finite element in one line, and how many are not.", this,
            returns: "a string", example: "torch.zeros(2, 3):summary():find('2x3')"
        ) { tensor in tensor.summary },
        LuaFunction(
            "print", "Prints all elements, also where `tostring` gives the summary as there are more than 1000.", this,
            example: "torch.eye(3):print()"
        ) { tensor in
            var failure: FileError?
            try tensor.write { text in
                guard failure == nil else { return }
                do throws(FileError) { try StandardStream.writeOutput(text) } catch { failure = error }
            }
            if let failure { throw failure }
            try StandardStream.writeOutput("\n")
        },
    ]

    private func size(_ dim: Int?) throws(TensorError) -> LuaEither<Int, [Int]> {
        guard let dim else { return .second(shape) }
        return .first(shape[try Shape.dimension(dim, rank: rank, operation: "size")])
    }
}
