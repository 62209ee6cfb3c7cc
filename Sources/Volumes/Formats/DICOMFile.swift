import Support

/// What the first bytes of a file say of it as DICOM.
package enum DICOMFile: Equatable {
    /// An image, as far as its class says.
    case image
    /// A DICOM file that holds none, such as a report.
    case noImage(String)
    /// Another file.
    case other

    /// How many bytes are looked at: the meta information comes first.
    private static let headerBytes = 2048

    /// Classes that are no images, by the beginnings of their identifiers.
    ///
    /// Source: DICOM PS3.6, table A-1, and PS3.4, table B.5-1.
    private static let noImages = [
        ("1.2.840.10008.1.3.10", "an index of files (DICOMDIR)"),
        ("1.2.840.10008.5.1.4.1.1.88.", "a structured report"),
        ("1.2.840.10008.5.1.4.1.1.11.", "a presentation state"),
        ("1.2.840.10008.5.1.4.1.1.104.", "an encapsulated document"),
        ("1.2.840.10008.5.1.4.1.1.481.3", "a structure set"), ("1.2.840.10008.5.1.4.1.1.481.5", "a treatment plan"),
        ("1.2.840.10008.5.1.4.1.1.66", "raw data, a registration or a segmentation"),
        ("1.2.840.10008.5.1.4.1.1.9.", "a waveform"), ("1.2.840.10008.5.1.4.1.1.4.2", "a spectrum"),
    ]

    /// Looks at the file at `path`.
    package init(_ path: String) throws(FileError) {
        let file = try InputFile(path)
        let bytes = try file.read(min(file.size, Self.headerBytes))
        guard bytes.dropFirst(128).starts(with: "DICM".utf8) else {
            // Files from before the prefix was introduced begin with the group 8.
            self = bytes.starts(with: [8, 0]) ? .image : .other
            return
        }
        let name = Self.storageClass(bytes).flatMap { id in
            Self.noImages.first { id.hasPrefix($0.0) }?.1
        }
        self = name.map { .noImage($0) } ?? .image
    }

    /// The value of (0002,0002), Media Storage SOP Class UID; nil where it is not among these bytes.
    private static func storageClass(_ bytes: [UInt8]) -> String? {
        var place = 132
        // Elements of the meta information: group, element, type, length, value; always little-endian.
        while place + 12 <= bytes.count, bytes[place] == 2, bytes[place + 1] == 0 {
            let isLong = ["OB", "OW", "UN", "UT", "SQ"].contains(
                String(decoding: bytes[(place + 4)...(place + 5)], as: UTF8.self))
            let start = place + (isLong ? 12 : 8)
            let length =
                isLong
                ? (8...11).reversed().reduce(0) { $0 << 8 | Int(bytes[place + $1]) }
                : Int(bytes[place + 6]) | Int(bytes[place + 7]) << 8
            guard start + length <= bytes.count else { return nil }
            if bytes[place + 2] == 2, bytes[place + 3] == 0 {
                return String(decoding: bytes[start..<(start + length)].prefix { $0 != 0 }, as: UTF8.self)
            }
            place = start + length
        }
        return nil
    }
}
