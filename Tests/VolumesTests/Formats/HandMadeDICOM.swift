/// DICOM files of made-up slices, built element by element: 6 rows of 5 voxels of 2 x 1.5 mm, 3 mm apart.
struct HandMadeDICOM {
    var series = 2
    var description = "t1 mprage"
    var imageType = "ORIGINAL\\PRIMARY\\M\\ND"
    var storageClass = Self.image
    var slice = 0

    private static let image = "1.2.840.10008.5.1.4.1.1.4"

    /// The value of the voxel in a row and a column of a slice.
    static func value(row: Int, column: Int, slice: Int) -> Int { row * 5 + column + 100 * slice }

    /// The bytes of the file.
    var bytes: [UInt8] {
        let id = "1.2.826.0.1.3680043.8.498.\(series)"
        let instance = "\(id).\(slice + 1)"
        let meta =
            element(2, 1, "OB", [0, 1]) + text(2, 2, "UI", storageClass) + text(2, 3, "UI", instance)
            + text(2, 0x10, "UI", "1.2.840.10008.1.2.1") + text(2, 0x12, "UI", "1.2.826.0.1.3680043.8.498.1")
        let head = element(2, 0, "UL", little(UInt32(meta.count))) + meta
        var data: [UInt8] = []
        data += text(8, 8, "CS", imageType) + text(8, 0x16, "UI", storageClass) + text(8, 0x18, "UI", instance)
        data += text(8, 0x20, "DA", "20200101") + text(8, 0x30, "TM", "120000") + text(8, 0x60, "CS", "MR")
        data += text(8, 0x70, "LO", "Made up") + text(8, 0x103E, "LO", description)
        data += text(0x10, 0x10, "PN", "Nobody^Really") + text(0x10, 0x20, "LO", "secret")
        data += text(0x18, 0x50, "DS", "3") + text(0x18, 0x80, "DS", "2000") + text(0x18, 0x81, "DS", "30")
        data += text(0x18, 0x88, "DS", "3") + text(0x18, 0x1030, "LO", description)
        data += text(0x20, 0xD, "UI", "1.2.826.0.1.3680043.8.498.99") + text(0x20, 0xE, "UI", id)
        data +=
            text(0x20, 0x11, "IS", "\(series)") + text(0x20, 0x12, "IS", "1") + text(0x20, 0x13, "IS", "\(slice + 1)")
        data += text(0x20, 0x32, "DS", "-10\\-20\\\(3 * slice)") + text(0x20, 0x37, "DS", "1\\0\\0\\0\\1\\0")
        data += number(0x28, 2, 1) + text(0x28, 4, "CS", "MONOCHROME2") + number(0x28, 0x10, 6) + number(0x28, 0x11, 5)
        data += text(0x28, 0x30, "DS", "2\\1.5") + number(0x28, 0x100, 16) + number(0x28, 0x101, 16)
        data += number(0x28, 0x102, 15) + number(0x28, 0x103, 0)
        let voxels = (0..<6).flatMap { row in
            (0..<5).flatMap { little(UInt16(Self.value(row: row, column: $0, slice: slice))) }
        }
        // Reports have no voxels.
        if storageClass == Self.image { data += element(0x7FE0, 0x10, "OW", voxels) }
        return [UInt8](repeating: 0, count: 128) + Array("DICM".utf8) + head + data
    }

    private func little<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    private func element(_ group: UInt16, _ number: UInt16, _ type: String, _ value: [UInt8]) -> [UInt8] {
        let isLong = ["OB", "OW"].contains(type)
        let length = isLong ? [0, 0] + little(UInt32(value.count)) : little(UInt16(value.count))
        return little(group) + little(number) + Array(type.utf8) + length + value
    }

    private func text(_ group: UInt16, _ number: UInt16, _ type: String, _ value: String) -> [UInt8] {
        let pad: [UInt8] = value.utf8.count % 2 == 0 ? [] : [type == "UI" ? 0 : 0x20]
        return element(group, number, type, Array(value.utf8) + pad)
    }

    private func number(_ group: UInt16, _ number: UInt16, _ value: UInt16) -> [UInt8] {
        element(group, number, "US", little(value))
    }
}
