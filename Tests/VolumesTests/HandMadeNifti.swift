/// NIfTI files built byte by byte, independently of the library and of the writer.
struct HandMadeNifti {
    var version = 1
    var isBigEndian = false
    var isSingle = true
    var dim: [Int] = [3, 4, 3, 2, 1, 1, 1, 1]
    var type = 16
    var bits = 32
    var pixdim: [Double] = [1, 1, 1, 1, 1, 1, 1, 1]
    var offset: Double?
    var slope = 0.0
    var intercept = 0.0
    var quaternion: (code: Int, b: Double, c: Double, d: Double, offset: [Double]) = (0, 0, 0, 0, [0, 0, 0])
    var sform: (code: Int, rows: [Double]) = (0, [Double](repeating: 0, count: 12))
    var magic: [UInt8]?
    var units = 0
    var intent = 0
    var description = ""

    /// The header and the four bytes that follow it.
    var header: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: version == 1 ? 352 : 544)
        func put<Value>(_ value: Value, at offset: Int) {
            let raw = withUnsafeBytes(of: value) { Array($0) }
            bytes.replaceSubrange(offset..<(offset + raw.count), with: isBigEndian ? raw.reversed() : raw)
        }
        let start = offset ?? (isSingle ? Double(bytes.count) : 0)
        let name = magic ?? Array("\(isSingle ? "n+" : "ni")\(version)".utf8) + [0]
        if version == 1 {
            put(Int32(348), at: 0)
            for (i, size) in dim.enumerated() { put(Int16(size), at: 40 + 2 * i) }
            put(Int16(type), at: 70)
            put(Int16(bits), at: 72)
            for (i, size) in pixdim.enumerated() { put(Float(size), at: 76 + 4 * i) }
            put(Float(start), at: 108)
            put(Float(slope), at: 112)
            put(Float(intercept), at: 116)
            put(Int16(quaternion.code), at: 252)
            put(Int16(sform.code), at: 254)
            for (i, value) in ([quaternion.b, quaternion.c, quaternion.d] + quaternion.offset + sform.rows).enumerated()
            {
                put(Float(value), at: 256 + 4 * i)
            }
            put(Int16(intent), at: 68)
            bytes[123] = UInt8(units)
            bytes.replaceSubrange(148..<(148 + description.utf8.count), with: description.utf8)
            bytes.replaceSubrange(344..<(344 + name.count), with: name)
        } else {
            put(Int32(540), at: 0)
            bytes.replaceSubrange(4..<(4 + name.count), with: name)
            bytes.replaceSubrange(8..<12, with: [13, 10, 26, 10])
            put(Int16(type), at: 12)
            put(Int16(bits), at: 14)
            for (i, size) in dim.enumerated() { put(Int64(size), at: 16 + 8 * i) }
            for (i, size) in pixdim.enumerated() { put(size, at: 104 + 8 * i) }
            put(Int64(start), at: 168)
            put(Int32(units), at: 500)
            put(Int32(intent), at: 504)
            bytes.replaceSubrange(240..<(240 + description.utf8.count), with: description.utf8)
            put(slope, at: 176)
            put(intercept, at: 184)
            put(Int32(quaternion.code), at: 344)
            put(Int32(sform.code), at: 348)
            for (i, value) in ([quaternion.b, quaternion.c, quaternion.d] + quaternion.offset + sform.rows).enumerated()
            {
                put(value, at: 352 + 8 * i)
            }
        }
        return bytes
    }

    /// `values` in the byte order.
    func data<Value>(_ values: [Value]) -> [UInt8] {
        values.flatMap { value in
            let raw = withUnsafeBytes(of: value) { Array($0) }
            return isBigEndian ? raw.reversed() : raw
        }
    }
}
