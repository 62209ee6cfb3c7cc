import CNifti

/// Makes numbers of the bytes of voxels, and counts those that single precision cannot hold.
struct VoxelDecoder {
    /// The NIfTI code of the voxels' type, one of `NiftiType.bytes`.
    let type: Int32
    /// Whether the bytes are in the other order than this machine's.
    let isSwapped: Bool
    /// value = stored slope + intercept; nil where values are as they are stored.
    let scale: (slope: Double, intercept: Double)?
    /// How many numbers were not finite or exact any more, though they had been so in the file.
    private(set) var lossCount = 0
    /// The first of them, in words.
    private(set) var firstLoss = ""

    init(type: Int32, isSwapped: Bool, scale: (slope: Double, intercept: Double)?) {
        (self.type, self.isSwapped, self.scale) = (type, isSwapped, scale)
    }

    /// Appends the numbers that `raw`, whole voxels, stands for.
    mutating func append(_ raw: UnsafeRawBufferPointer, to values: inout [Float]) {
        switch type {
        case DT_UINT8: append(raw, as: UInt8.self, to: &values)
        case DT_INT8: append(raw, as: Int8.self, to: &values)
        case DT_UINT16: append(raw, as: UInt16.self, to: &values)
        case DT_INT16: append(raw, as: Int16.self, to: &values)
        case DT_UINT32: append(raw, as: UInt32.self, to: &values)
        case DT_INT32: append(raw, as: Int32.self, to: &values)
        case DT_UINT64: append(raw, as: UInt64.self, to: &values)
        case DT_INT64: append(raw, as: Int64.self, to: &values)
        case DT_FLOAT32:
            for bits in raw.bindMemory(to: UInt32.self) {
                let stored = Float(bitPattern: isSwapped ? bits.byteSwapped : bits)
                values.append(scale == nil ? stored : scaled(Double(stored)))
            }
        default:
            for bits in raw.bindMemory(to: UInt64.self) {
                let stored = Double(bitPattern: isSwapped ? bits.byteSwapped : bits)
                guard scale == nil else {
                    values.append(scaled(stored))
                    continue
                }
                let value = Float(stored)
                // Digits behind the point are rounded as a matter of course; whole numbers are not.
                if Double(value) != stored, value == 0 || value.isInfinite || stored == stored.rounded() {
                    note(stored, value)
                }
                values.append(value)
            }
        }
    }

    private mutating func append<Stored: FixedWidthInteger>(
        _ raw: UnsafeRawBufferPointer, as: Stored.Type, to values: inout [Float]
    ) {
        for bytes in raw.bindMemory(to: Stored.self) {
            let stored = isSwapped ? bytes.byteSwapped : bytes
            guard scale == nil else {
                values.append(scaled(Double(stored)))
                continue
            }
            let value = Float(stored)
            if Stored.bitWidth > 16, Stored(exactly: value) != stored { note(stored, value) }
            values.append(value)
        }
    }

    private mutating func scaled(_ stored: Double) -> Float {
        guard let scale else { return Float(stored) }
        let exact = stored * scale.slope + scale.intercept
        let value = Float(exact)
        let isBroken = value.isInfinite || exact.magnitude > 0x1p24 && exact == exact.rounded()
        if isBroken, stored.isFinite, Double(value) != exact { note(exact, value) }
        return value
    }

    private mutating func note(_ exact: some CustomStringConvertible, _ value: Float) {
        if lossCount == 0 {
            firstLoss = "\(exact), which is read as \(abs(value) < 1e18 ? "\(Int(value))" : "\(value)")"
        }
        lossCount += 1
    }
}
