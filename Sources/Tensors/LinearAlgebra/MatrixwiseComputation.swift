import Kernels
import Support

/// Computations on matrices, the last two dimensions of tensors, in Double; the dimensions before them are batches,
/// which broadcast.
struct MatrixwiseComputation {
    /// The name of the operation, as scripts know it.
    let operation: String
    /// The matrices that go in.
    let inputs: [Tensor]
    /// Whether they may hold NaN and infinite numbers: gradients may, but LAPACK is not given any.
    var allowsAnyNumber = false
    /// Whether all batches are parts of one system, which errors do not number.
    var isOneSystem = false

    /// The shape of the batches.
    func batch() throws(TensorError) -> [Int] {
        var batch: [Int] = []
        for input in inputs {
            batch = try Shape.broadcast(batch, Array(input.shape.dropLast(2)), operation: operation)
        }
        return batch
    }

    /// Computes the results, of the shapes batch x `shapes`, from the matrices of every batch; nothing is recorded.
    ///
    /// A result without a dimension is the only element of a matrix of `body`, one with one dimension its only column.
    /// The sizes alone decide how the batches are shared out among the threads.
    func results(
        _ shapes: [[Int]], _ body: ([Matrix]) throws(MatrixError) -> [Matrix]
    ) throws(TensorError) -> [Tensor] {
        let batch = try batch()
        try requireSizes(shapes, count: batch.reduce(1, *))
        let results = try shapes.map { shape throws(TensorError) in try Tensor(uninitialised: batch + shape) }
        let count = batch.reduce(1, *)
        let steps = inputs.map {
            Shape.broadcastStrides(Array($0.shape.dropLast(2)), Array($0.strides.dropLast(2)), to: batch)
        }
        let counts = shapes.map { $0.reduce(1, *) }
        // Several small matrices are one task, so that its work outweighs its start.
        let side = (inputs.flatMap { $0.shape.suffix(2) } + shapes.joined()).max() ?? 1
        let together = Swift.max(1, (1 << 16) / Swift.max(1, side &* side &* side))
        let tasks = (count + together - 1) / together
        var failures = [(index: Int, error: MatrixError)?](repeating: nil, count: tasks)
        failures.withUnsafeMutableBufferPointer { failures in
            ThreadPool.shared.run(tasks) { task in
                for index in task * together..<Swift.min((task + 1) * together, count) {
                    do throws(MatrixError) {
                        let matrices = try matrices(at: index, batch, steps)
                        for (number, matrix) in try body(matrices).enumerated() {
                            matrix.write(to: results[number].pointer + index * counts[number])
                        }
                    } catch {
                        failures[task] = (index, error)
                        return
                    }
                }
            }
        }
        if Interrupt.isRequested { throw .interrupted }
        for case .some(let failure) in failures {
            throw failure.error.tensorError(operation, isOneSystem ? "the matrix" : name(failure.index, batch))
        }
        return results
    }

    /// The matrices of one batch, counted from 0.
    private func matrices(at index: Int, _ batch: [Int], _ steps: [[Int]]) throws(MatrixError) -> [Matrix] {
        var offsets = inputs.map { _ in 0 }
        var rest = index
        for dim in batch.indices.reversed() {
            for input in inputs.indices { offsets[input] += rest % batch[dim] * steps[input][dim] }
            rest /= batch[dim]
        }
        var matrices: [Matrix] = []
        for (input, offset) in zip(inputs, offsets) {
            let (rank, shape, strides) = (input.rank, input.shape, input.strides)
            let matrix = Matrix(
                input.pointer + offset, rows: shape[rank - 2], columns: shape[rank - 1], rowStride: strides[rank - 2],
                columnStride: strides[rank - 1])
            let wrong = allowsAnyNumber ? 0 : matrix.countOfNotFinite
            guard wrong == 0 else { throw .notFinite(count: wrong, of: matrix.elements.count) }
            matrices.append(matrix)
        }
        return matrices
    }

    /// Throws where a matrix is too large for LAPACK's 32-bit sizes, or for memory.
    private func requireSizes(_ shapes: [[Int]], count: Int) throws(TensorError) {
        var bytes = 0
        for shape in inputs.map({ Array($0.shape.suffix(2)) }) + shapes {
            let sides = shape.sorted()
            guard sides.count < 2 || sides[0] <= 1 << 14 && sides[1] <= 1 << 26 else {
                throw .shape(
                    operation: operation, parameter: "a matrix", shape: shape,
                    expected: "at most \(1 << 14) rows and \(1 << 26) columns, or the reverse")
            }
            bytes += try Shape.count(shape, operation: operation) * MemoryLayout<Double>.stride
        }
        // Each thread keeps a few matrices of these sizes at a time.
        try Shape.requireMemory(bytes, 4, Swift.min(count, ThreadPool.shared.threads))
    }

    /// How errors call a matrix: by its index in the batch.
    private func name(_ index: Int, _ batch: [Int]) -> String {
        var (rest, place) = (index, [Int]())
        for size in batch.reversed() {
            place.insert(rest % size + 1, at: 0)
            rest /= size
        }
        switch place.count {
        case 0: return "the matrix"
        case 1: return "matrix \(place[0])"
        default: return "matrix {\(place.map(String.init).joined(separator: ", "))}"
        }
    }
}

extension MatrixError {
    /// The error of an operation on the matrix that is called `name`.
    package func tensorError(_ operation: String, _ name: String) -> TensorError {
        let (parameter, value, expected) =
            switch self {
            case .missing(let function):
                (function, "missing in libopenblas.so.0", "OpenBLAS with LAPACK, as Debian's libopenblas0 is")
            case .notPositiveDefinite(let order):
                (name, "not positive definite", "positive leading minors, and that of order \(order) is not")
            case .singular: (name, "singular", "one that has an inverse")
            case .noConvergence: (name, "one whose iteration did not converge", "another")
            case .notFinite(let count, let all):
                (name, "NaN or infinite in \(count) of \(all) elements", "finite numbers")
            case .equalValues:
                (
                    name, "one of equal eigenvalues or singular values",
                    "different ones, for the gradient of their vectors"
                )
            }
        return .argument(operation: operation, parameter: parameter, value: value, expected: expected)
    }
}

extension Tensor {
    /// Throws unless this tensor has matrices in its last two dimensions.
    func requireMatrices(_ operation: String, _ parameter: String = "A") throws(TensorError) {
        guard rank >= 2 else {
            throw .shape(operation: operation, parameter: parameter, shape: shape, expected: "at least two dimensions")
        }
    }

    /// The number of rows of the square matrices in the last two dimensions; an error where they are not square.
    func squareSize(_ operation: String) throws(TensorError) -> Int {
        guard rank >= 2, shape[rank - 1] == shape[rank - 2] else {
            throw .shape(operation: operation, parameter: "A", shape: shape, expected: "square matrices, ... x n x n")
        }
        return shape[rank - 1]
    }

    /// The last two dimensions exchanged, recorded.
    func adjoint() throws(TensorError) -> Tensor { try transposed(-1, -2) }
}
