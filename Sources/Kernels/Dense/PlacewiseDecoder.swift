import Support

/// A matrix and a bias: y = weight x + bias.
public struct AffineMap: Sendable {
    /// The numbers of an input and of an output.
    public let inputs: Int, outputs: Int
    /// The matrix, [outputs][inputs].
    public let weight: [Float]
    /// A number for each output.
    public let bias: [Float]

    /// Joins a matrix of `outputs` x `inputs` numbers and its bias.
    public init(inputs: Int, outputs: Int, weight: [Float], bias: [Float]) {
        (self.inputs, self.outputs, self.weight, self.bias) = (inputs, outputs, weight, bias)
    }
}

/// A Gaussian for each place of a kernel, whose mean and log-variance are a chain of affine maps of common features, with
/// an ELU after each but the last; the first map is another one at each place.
///
/// The likelihood is a sum over places: a place's activations are computed, differentiated and forgotten while they are in
/// the second cache. The matrices are packed once, for many calls.
public final class PlacewiseDecoder: Sendable {
    /// A map in both directions.
    private struct Layer: @unchecked Sendable {
        let forward: PackedMatrix
        let backward: PackedMatrix
        let bias: Scratch.Floats

        init(_ map: AffineMap) {
            forward = PackedMatrix(rows: map.inputs, columns: map.outputs) { map.weight[$1 &* map.inputs &+ $0] }
            backward = PackedMatrix(rows: map.outputs, columns: map.inputs) { map.weight[$0 &* map.inputs &+ $1] }
            bias = Scratch.Floats(count: forward.columns)
            for index in 0..<forward.columns { bias.start[index] = index < map.outputs ? map.bias[index] : 0 }
        }
    }

    /// The number of places.
    public let places: Int
    /// The number of features.
    public let features: Int
    private let first: [Layer]
    private let rest: [Layer]
    /// As many zeros as any gradient's row is long.
    private let zeros: Scratch.Floats

    /// The rows that are computed together: whole tiles of 4, 6 or 8.
    private static let rowsAtATime = 96

    /// Packs the maps; each takes what the one before gives, and the last gives a mean and a log-variance.
    public init(first: [AffineMap], rest: [AffineMap]) {
        places = first.count
        features = first.first?.inputs ?? 0
        self.first = first.map(Layer.init)
        self.rest = rest.map(Layer.init)
        zeros = Scratch.Floats(count: PackedMatrix.padded((first + rest).reduce(0) { max($0, $1.inputs) }))
        zeros.start.update(repeating: 0, count: zeros.count)
    }

    /// Where the gradients of a likelihood go, [rows][features] and [rows][places].
    public struct Gradients {
        let features: UnsafeMutablePointer<Float>
        let kernels: UnsafeMutablePointer<Float>

        /// Points to room for both.
        public init(features: UnsafeMutablePointer<Float>, kernels: UnsafeMutablePointer<Float>) {
            (self.features, self.kernels) = (features, kernels)
        }
    }

    /// Overwrites `result` with -log p(w | features) of each of `count` rows: the sum over places of
    /// (log 2 pi + v + (w - m)^2 e^-v) / 2 for the place's mean m and log-variance v. `gradients` are those of each row's
    /// own number.
    public func negativeLogLikelihood(
        count: Int, features: UnsafePointer<Float>, kernels: UnsafePointer<Float>,
        result: UnsafeMutablePointer<Float>, gradients: Gradients?
    ) {
        ThreadPool.shared.run((count &+ Self.rowsAtATime &- 1) / Self.rowsAtATime) { task in
            let start = task &* Self.rowsAtATime
            let part = Gradients(
                features: gradients?.features ?? result, kernels: gradients?.kernels ?? result)
            run(
                min(Self.rowsAtATime, count &- start), features: features + start &* self.features,
                kernels: kernels + start &* places, result: result + start,
                gradients: gradients == nil
                    ? nil
                    : Gradients(
                        features: part.features + start &* self.features, kernels: part.kernels + start &* places))
        }
    }

    private func run(
        _ count: Int, features: UnsafePointer<Float>, kernels: UnsafePointer<Float>,
        result: UnsafeMutablePointer<Float>, gradients: Gradients?
    ) {
        guard let first = first.first else { return result.update(repeating: 0, count: count) }
        let layers = [first] + rest
        let width = first.forward.rows
        let forwards = layers.map { $0.forward.positions(count) }
        let backwards = layers.map { $0.backward.positions(count) }
        let input = Scratch.Floats(count: count &* width)
        let inputGradient = Scratch.Floats(count: count &* width)
        let outputs = layers.map { Scratch.Floats(count: count &* $0.forward.columns) }
        let outputGradients = layers.map { Scratch.Floats(count: count &* $0.forward.columns) }
        copyRows(count, from: features, self.features, to: input.start, width, filled: true)
        result.update(repeating: 0, count: count)
        for place in 0..<places where !Interrupt.isRequested {
            var values = UnsafePointer(input.start)
            for (index, layer) in ([self.first[place]] + rest).enumerated() {
                let output = outputs[index]
                layer.forward.multiply(values, forwards[index], bias: layer.bias.start, to: output.start)
                if index < rest.count {
                    Rows.map(output.count, out: output.start, 1, a: output.start, 1, VectorMath.elu)
                }
                values = UnsafePointer(output.start)
            }
            addPlace(
                place, count, values, outputGradients[rest.count].start, kernels: kernels, result: result,
                kernelGradients: gradients?.kernels)
            guard gradients != nil else { continue }
            for index in rest.indices.reversed() {
                let gradient = outputGradients[index]
                rest[index].backward.multiply(
                    outputGradients[index + 1].start, backwards[index + 1], bias: zeros.start, to: gradient.start)
                Rows.map(
                    gradient.count, out: gradient.start, 1, a: gradient.start, 1, b: outputs[index].start, 1,
                    VectorMath.eluGradient)
            }
            self.first[place].backward.multiply(
                outputGradients[0].start, backwards[0], bias: zeros.start, to: inputGradient.start, adding: place > 0)
        }
        if let gradients {
            copyRows(count, from: inputGradient.start, width, to: gradients.features, self.features, filled: false)
        }
    }

    /// Adds one place's part of each row's number, and sets the gradients of the place's mean, log-variance and kernel
    /// elements.
    private func addPlace(
        _ place: Int, _ count: Int, _ outputs: UnsafePointer<Float>, _ outputGradients: UnsafeMutablePointer<Float>,
        kernels: UnsafePointer<Float>, result: UnsafeMutablePointer<Float>,
        kernelGradients: UnsafeMutablePointer<Float>?
    ) {
        outputGradients.update(repeating: 0, count: 16 &* count)
        for start in stride(from: 0, to: count, by: 16) {
            let lanes = min(16, count &- start)
            let mean = Rows.load(outputs + 16 &* start, 16, lanes)
            let logVariance = Rows.load(outputs + (16 &* start &+ 1), 16, lanes)
            let difference = Rows.load(kernels + (start &* places &+ place), places, lanes) - mean
            let scaled = difference * VectorMath.exp(-logVariance)
            let term = (difference * scaled + logVariance + 1.837_877_1) * 0.5
            Rows.store(Rows.load(result + start, 1, lanes) + term, result + start, 1, lanes)
            guard let kernelGradients else { continue }
            Rows.store(-scaled, outputGradients + 16 &* start, 16, lanes)
            Rows.store((1 - difference * scaled) * 0.5, outputGradients + (16 &* start &+ 1), 16, lanes)
            Rows.store(scaled, kernelGradients + (start &* places &+ place), places, lanes)
        }
    }

    /// Copies rows of one length to rows of another, `filled` up with zeros.
    private func copyRows(
        _ count: Int, from source: UnsafePointer<Float>, _ sourceWidth: Int, to target: UnsafeMutablePointer<Float>,
        _ targetWidth: Int, filled: Bool
    ) {
        if filled, targetWidth > sourceWidth { target.update(repeating: 0, count: count &* targetWidth) }
        for row in 0..<count {
            (target + row &* targetWidth).update(
                from: source + row &* sourceWidth, count: min(sourceWidth, targetWidth))
        }
    }
}
