import CNifti

/// Converts the bytes of voxels to numbers, and counts those that single precision cannot hold.
struct VoxelDecoder {
    /// The NIfTI code of the voxels' type, one of `NiftiType.bytes`.
    let type: Int32
    /// Whether the bytes are in the other order than this machine's.
    let isSwapped: Bool
    /// value = slope * stored + intercept; nil where values are as stored.
    let scale: (slope: Double, intercept: Double)?
    /// How many numbers became infinite or inexact in single precision.
    private(set) var lossCount = 0
    /// The first of them, in words.
    private(set) var firstLoss = ""

    /// Decodes `raw`, the bytes of whole voxels, to `values`.
    mutating func decode(_ raw: UnsafeRawBufferPointer, to values: UnsafeMutablePointer<Float>) {
        switch type {
        case DT_UINT8: decode(raw, as: UInt8.self, to: values)
        case DT_INT8: decode(raw, as: Int8.self, to: values)
        case DT_UINT16: decode(raw, as: UInt16.self, to: values)
        case DT_INT16: decode(raw, as: Int16.self, to: values)
        case DT_UINT32: decode(raw, as: UInt32.self, to: values)
        case DT_INT32: decode(raw, as: Int32.self, to: values)
        case DT_UINT64: decode(raw, as: UInt64.self, to: values)
        case DT_INT64: decode(raw, as: Int64.self, to: values)
        case DT_FLOAT32:
            for (index, bits) in raw.bindMemory(to: UInt32.self).enumerated() {
                let stored = Float(bitPattern: isSwapped ? bits.byteSwapped : bits)
                values[index] = scale == nil ? stored : scaled(Double(stored))
            }
        default:
            for (index, bits) in raw.bindMemory(to: UInt64.self).enumerated() {
                let stored = Double(bitPattern: isSwapped ? bits.byteSwapped : bits)
                guard scale == nil else {
                    values[index] = scaled(stored)
                    continue
                }
                let value = Float(stored)
                // That fractions are rounded is expected; that a whole number changes is not.
                if Double(value) != stored, value == 0 || value.isInfinite || stored == stored.rounded() {
                    note(stored, value)
                }
                values[index] = value
            }
        }
    }

    private mutating func decode<Stored: FixedWidthInteger>(
        _ raw: UnsafeRawBufferPointer, as: Stored.Type, to values: UnsafeMutablePointer<Float>
    ) {
        for (index, bytes) in raw.bindMemory(to: Stored.self).enumerated() {
            let stored = isSwapped ? bytes.byteSwapped : bytes
            guard scale == nil else {
                values[index] = scaled(Double(stored))
                continue
            }
            let value = Float(stored)
            if Stored.bitWidth > 16, Stored(exactly: value) != stored { note(stored, value) }
            values[index] = value
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
