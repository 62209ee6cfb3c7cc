import CNifti
import Foundation
import Support

/// A file that voxels are read from.
protocol VoxelFile: AnyObject {
    /// Fills `buffer` with the next bytes, and returns how many there were before the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(FormatDefect) -> Int
    /// Goes to byte `position` of the data; false where that fails.
    func seek(to position: Int) -> Bool
}

extension CompressedFile: VoxelFile {}

/// A file that is read as it is, whatever its first bytes are.
final class PlainFile: VoxelFile {
    private let descriptor: Int32
    private var position = 0

    /// Opens the file at `path`.
    init(_ path: String) throws(FileError) {
        descriptor = path.withSystemPath { open($0, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw .system(path) }
    }

    deinit { close(descriptor) }

    /// Fills `buffer` with the next bytes, and returns how many there were before the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(FormatDefect) -> Int {
        var filled = 0
        while filled < buffer.count, let start = buffer.baseAddress {
            let count = pread(descriptor, start + filled, buffer.count - filled, position)
            if count < 0, errno == EINTR, !Interrupt.isRequested { continue }
            guard count >= 0 else { throw .unreadable(reason: String(cString: strerror(errno))) }
            guard count > 0 else { break }
            filled += count
            position += count
        }
        return filled
    }

    /// Goes to byte `position`.
    func seek(to position: Int) -> Bool {
        self.position = position
        return position >= 0
    }
}

/// Voxels that stand in a file as numbers in decimal, with spaces or line ends between them. It is read as the bytes
/// that these numbers have in this machine's memory.
final class TextVoxelFile: VoxelFile {
    private let file: PlainFile
    private let start: Int
    private let type: Int32
    private let size: Int
    private var buffer: [UInt8] = []
    private var next = 0
    private var isAtEnd = false

    /// Reads numbers of the NIfTI code `type` from byte `start` of a file on.
    init(_ path: String, from start: Int, type: Int32) throws(FileError) {
        file = try PlainFile(path)
        (self.start, self.type, size) = (start, type, NiftiType.bytes[type] ?? 1)
        _ = file.seek(to: start)
    }

    /// Fills `target` with the next numbers, and returns how many bytes they have.
    func read(into target: UnsafeMutableRawBufferPointer) throws(FormatDefect) -> Int {
        var filled = 0
        while filled + size <= target.count, let word = try word() {
            guard let bytes = bytes(of: word) else {
                throw .field(
                    "data", value: "'\(String(word.prefix(20)).shown)'",
                    expected: "numbers that \(String(cString: nifti_datatype_to_string(type))) holds")
            }
            for (index, byte) in bytes.enumerated() { target[filled + index] = byte }
            filled += size
        }
        return filled
    }

    /// Goes to the number that byte `position` of the data belongs to.
    func seek(to position: Int) -> Bool {
        guard file.seek(to: start) else { return false }
        (buffer, next, isAtEnd) = ([], 0, false)
        for _ in 0..<position / size {
            guard (try? word()) != nil else { return false }
        }
        return true
    }

    /// The next word; nil at the end of the file.
    private func word() throws(FormatDefect) -> String? {
        var word: [UInt8] = []
        while let byte = try byte() {
            guard Self.isSpace(byte) else {
                word.append(byte)
                guard word.count <= Self.longestWord else { break }
                continue
            }
            if !word.isEmpty { break }
        }
        return word.isEmpty ? nil : String(decoding: word, as: UTF8.self)
    }

    private func byte() throws(FormatDefect) -> UInt8? {
        if next == buffer.count, !isAtEnd {
            var piece = [UInt8](repeating: 0, count: Self.piece)
            let result = piece.withUnsafeMutableBytes { raw in
                Result { () throws(FormatDefect) in try file.read(into: raw) }
            }
            piece.removeLast(piece.count - (try result.get()))
            (buffer, next, isAtEnd) = (piece, 0, piece.isEmpty || Interrupt.isRequested)
        }
        guard next < buffer.count else { return nil }
        next += 1
        return buffer[next - 1]
    }

    private static let piece = 1 << 16
    private static let longestWord = 400

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    /// The bytes of the number; nil where the type does not have it.
    private func bytes(of word: String) -> [UInt8]? {
        func raw<Value>(_ value: Value?) -> [UInt8]? { value.map { withUnsafeBytes(of: $0) { Array($0) } } }
        return switch type {
        case DT_UINT8: raw(UInt8(word))
        case DT_INT8: raw(Int8(word))
        case DT_UINT16: raw(UInt16(word))
        case DT_INT16: raw(Int16(word))
        case DT_UINT32: raw(UInt32(word))
        case DT_INT32: raw(Int32(word))
        case DT_UINT64: raw(UInt64(word))
        case DT_INT64: raw(Int64(word))
        case DT_FLOAT32: raw(Float(word))
        default: raw(Double(word))
        }
    }
}
