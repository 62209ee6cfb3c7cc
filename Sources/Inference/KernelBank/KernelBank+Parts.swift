import Support
import Tensors

/// Parts of banks.
extension KernelBank {
    /// The kernels of some runs, and of some snapshots of them; of all where nil. Numbers count from 1.
    ///
    /// Throws an error where a run is not in the bank, or where a layer would be left without kernels.
    public func select(runs: [Int]? = nil, snapshots: [Int]? = nil) throws(TensorError) -> KernelBank {
        let known = self.runs
        if let unknown = runs?.first(where: { !known.contains($0) }) {
            throw .argument(
                operation: "select", parameter: "runs", value: "\(unknown)",
                expected: "runs of the bank: \(known.map(String.init).joined(separator: ", "))")
        }
        return try part(
            rows: layers.map { layer in
                layer.origins.indices.filter { index in
                    let origin = layer.origins[index]
                    return runs?.contains(Int(origin.run)) ?? true && snapshots?.contains(Int(origin.snapshot)) ?? true
                }
            })
    }

    /// Two banks of the same layers: a share of each layer's kernels, drawn at random, in the second.
    ///
    /// The snapshots of a kernel stay together. At least one kernel of each layer stays in each bank, so every layer
    /// must have two.
    public func split(
        heldOut share: Double, generator: RandomGenerator
    ) throws(TensorError) -> (training: KernelBank, heldOut: KernelBank) {
        try require(share > 0 && share < 1, "kernel_bank", "held_out", share, expected: "between 0 and 1")
        var (training, heldOut): ([[Int]], [[Int]]) = ([], [])
        for layer in layers {
            let (units, count) = layer.units
            let number = min(max(1, Int(Double(count) * share)), count - 1)
            guard number >= 1 else {
                throw .shape(
                    operation: "kernel_bank", parameter: layer.path, shape: layer.kernels.shape,
                    expected: "two kernels or more")
            }
            let order = generator.permutation(count)
            var isHeldOut = [Bool](repeating: false, count: count)
            for unit in order.prefix(number) { isHeldOut[unit] = true }
            var rows = [[Int]](repeating: [], count: count)
            for (row, unit) in units.enumerated() { rows[unit].append(row) }
            training.append(order.dropFirst(number).flatMap { rows[$0] })
            heldOut.append(order.prefix(number).flatMap { rows[$0] })
        }
        return (try part(rows: training), try part(rows: heldOut))
    }

    /// The kernels at `rows` of each layer, counted from 0.
    private func part(rows: [[Int]]) throws(TensorError) -> KernelBank {
        let parts = try zip(layers, rows).map { layer, rows throws(TensorError) in
            LayerKernels(
                path: layer.path, kernels: try layer.kernels.indexSelect(1, rows.map { $0 + 1 }),
                origins: rows.map { layer.origins[$0] })
        }
        return try KernelBank(kernelShape: kernelShape, layers: parts)
    }
}

extension KernelBank.LayerKernels {
    /// The independent units among the kernels: all snapshots of one place of one run are one unit.
    ///
    /// `of` has the unit of each kernel, numbered from 0 in the order of the units' first kernels; `count` is their
    /// number.
    public var units: (of: [Int], count: Int) {
        var numbers: [UInt64: Int] = [:]
        var units: [Int] = []
        units.reserveCapacity(origins.count)
        for origin in origins {
            let key = UInt64(UInt32(bitPattern: origin.run)) << 32 | UInt64(UInt32(bitPattern: origin.place))
            let next = numbers.count
            let unit = numbers[key] ?? next
            if unit == next { numbers[key] = next }
            units.append(unit)
        }
        return (units, numbers.count)
    }
}
