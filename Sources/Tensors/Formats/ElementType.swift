import Support

/// A type of number in a file, read as Float: doubles and integers beyond 2^24 are rounded to the nearest float.
enum ElementType: Sendable {
    case bool, uint8, int8, uint16, int16, uint32, int32, uint64, int64, float16, bfloat16, float32, float64

    /// The bytes of one number.
    var size: Int {
        switch self {
        case .bool, .uint8, .int8: 1
        case .uint16, .int16, .float16, .bfloat16: 2
        case .uint32, .int32, .float32: 4
        case .uint64, .int64, .float64: 8
        }
    }

    /// Numbers read at a time: an interrupt is seen after each part.
    private static let part = 1 << 18

    /// Reads `count` numbers of this type.
    ///
    /// - Parameter swapped: Whether the bytes of each number come in the order opposite to this machine's.
    func read(
        _ count: Int, from source: some ByteSource, swapped: Bool = false, to target: UnsafeMutablePointer<Float>
    ) throws {
        try withUnsafeTemporaryAllocation(byteCount: min(count, Self.part) * size, alignment: 16) { buffer in
            for start in stride(from: 0, to: count, by: Self.part) {
                if Interrupt.isRequested { throw TensorError.interrupted }
                let length = min(Self.part, count - start)
                let bytes = UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(length * size))
                try source.read(into: bytes)
                convert(bytes, swapped: swapped, to: target + start)
            }
        }
    }

    private func convert(
        _ bytes: UnsafeMutableRawBufferPointer, swapped: Bool, to target: UnsafeMutablePointer<Float>
    ) {
        switch self {
        case .bool: convert(bytes, UInt8.self, swapped, target) { $0 == 0 ? 0 : 1 }
        case .uint8: convert(bytes, UInt8.self, swapped, target) { Float($0) }
        case .int8: convert(bytes, UInt8.self, swapped, target) { Float(Int8(bitPattern: $0)) }
        case .uint16: convert(bytes, UInt16.self, swapped, target) { Float($0) }
        case .int16: convert(bytes, UInt16.self, swapped, target) { Float(Int16(bitPattern: $0)) }
        case .uint32: convert(bytes, UInt32.self, swapped, target) { Float($0) }
        case .int32: convert(bytes, UInt32.self, swapped, target) { Float(Int32(bitPattern: $0)) }
        case .uint64: convert(bytes, UInt64.self, swapped, target) { Float($0) }
        case .int64: convert(bytes, UInt64.self, swapped, target) { Float(Int64(bitPattern: $0)) }
        case .float16: convert(bytes, UInt16.self, swapped, target) { Float(Float16(bitPattern: $0)) }
        case .bfloat16: convert(bytes, UInt16.self, swapped, target) { Float(bitPattern: UInt32($0) << 16) }
        case .float32: convert(bytes, UInt32.self, swapped, target) { Float(bitPattern: $0) }
        case .float64: convert(bytes, UInt64.self, swapped, target) { Float(Double(bitPattern: $0)) }
        }
    }

    @inline(__always)
    private func convert<Bits: FixedWidthInteger>(
        _ bytes: UnsafeMutableRawBufferPointer, _: Bits.Type, _ swapped: Bool, _ target: UnsafeMutablePointer<Float>,
        _ value: (Bits) -> Float
    ) {
        let numbers = bytes.bindMemory(to: Bits.self)
        if swapped {
            for i in numbers.indices { target[i] = value(numbers[i].byteSwapped) }
        } else {
            for i in numbers.indices { target[i] = value(numbers[i]) }
        }
    }
}
