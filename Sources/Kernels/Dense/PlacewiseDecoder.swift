import Support

/// A Gaussian for each place of a kernel, whose mean and log-variance are a chain of affine maps of common features, with
/// an ELU after each but the last; the first map is another one at each place.
///
/// The likelihood is a sum over places: a place's activations are computed, differentiated and forgotten while they are in
/// the second cache. The matrices are packed once, for many calls.
public final class PlacewiseDecoder: Sendable {
    /// The number of places.
    public let places: Int
    /// The number of features.
    public let features: Int
    private let first: [DenseLayer]
    private let rest: [DenseLayer]
    /// The rows that are computed together: whole tiles of 4, 6 or 8.
    private static let rowsAtATime = 96

    /// Packs the maps; each takes what the one before gives, and the last gives a mean and a log-variance.
    public init(first: [AffineMap], rest: [AffineMap]) {
        places = first.count
        features = first.first?.inputs ?? 0
        self.first = first.map(DenseLayer.init)
        self.rest = rest.map(DenseLayer.init)
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
            run(
                min(Self.rowsAtATime, count &- start), features: features + start &* self.features,
                kernels: kernels + start &* places, result: result + start,
                gradients: gradients.map {
                    Gradients(features: $0.features + start &* self.features, kernels: $0.kernels + start &* places)
                })
        }
    }

    private func run(
        _ count: Int, features: UnsafePointer<Float>, kernels: UnsafePointer<Float>,
        result: UnsafeMutablePointer<Float>, gradients: Gradients?
    ) {
        guard let first = first.first else { return result.update(repeating: 0, count: count) }
        let layers = [first] + rest
        let rows = layers.map { $0.rows(count) }
        let input = Scratch.Floats(count: count &* first.inputs)
        let inputGradient = Scratch.Floats(count: count &* first.inputs)
        let outputs = layers.map { Scratch.Floats(count: count &* $0.outputs) }
        let outputGradients = layers.map { Scratch.Floats(count: count &* $0.outputs) }
        // Only their addresses are used below.
        defer { withExtendedLifetime((input, inputGradient, outputs, outputGradients)) {} }
        DenseLayer.copyRows(count, from: features, self.features, to: input.start, first.inputs)
        result.update(repeating: 0, count: count)
        for place in 0..<places where !Interrupt.isRequested {
            var values = UnsafePointer(input.start)
            for (index, layer) in ([self.first[place]] + rest).enumerated() {
                let output = outputs[index]
                layer.forward(rows[index], values, to: output.start)
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
                rest[index].backward(rows[index + 1], outputGradients[index + 1].start, to: gradient.start)
                Rows.map(
                    gradient.count, out: gradient.start, 1, a: gradient.start, 1, b: outputs[index].start, 1,
                    VectorMath.eluGradient)
            }
            self.first[place].backward(
                rows[0], outputGradients[0].start, to: inputGradient.start, adding: place > 0)
        }
        if let gradients {
            DenseLayer.copyRows(
                count, from: inputGradient.start, first.inputs, to: gradients.features, self.features)
        }
    }

    /// Adds one place's part of each row's number, and sets the gradients of the place's mean, log-variance and kernel
    /// elements.
    private func addPlace(
        _ place: Int, _ count: Int, _ outputs: UnsafePointer<Float>, _ outputGradients: UnsafeMutablePointer<Float>,
        kernels: UnsafePointer<Float>, result: UnsafeMutablePointer<Float>,
        kernelGradients: UnsafeMutablePointer<Float>?
    ) {
        if kernelGradients != nil { outputGradients.update(repeating: 0, count: 16 &* count) }
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
}
