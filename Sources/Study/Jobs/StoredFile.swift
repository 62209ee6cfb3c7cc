import CZlib
import Foundation
import Support
import Tensors

/// A value in one safetensors file, with a checksum: damage is noticed, and the file is there whole or not at all.
///
/// The metadata hold the value as JSON ("value") and the CRC-32 of that text and of each tensor's name, shape and
/// elements ("crc32"), which the format itself does not have.
public enum StoredFile {
    /// Writes `value` to the file at `path`, which is replaced whole or not at all.
    public static func write(_ value: StoredValue, to path: String) throws(StudyError) {
        let (json, tensors) = value.encoded()
        let text = json.description
        do {
            let dense = try tensors.map { (name: $0.name, tensor: try $0.tensor.detached().contiguous()) }
            let checksum = try checksum(text, dense)
            try SafeTensors.write(dense, metadata: ["value": text, "crc32": checksum], to: path)
        } catch {
            throw .wrapping(error, path: path)
        }
    }

    /// The value in the file at `path`; `StudyError.damaged` where a byte of it is not as it was written.
    ///
    /// A client of a network file system may hold on to a file that was replaced just now (ESTALE), or to its size:
    /// what cannot be read is opened again, which has it ask the server, before it counts as damaged.
    public static func read(_ path: String) throws(StudyError) -> StoredValue {
        for _ in 0..<2 {
            do throws(StudyError) { return try readOnce(path) } catch {
                guard case .damaged = error else { throw error }
            }
        }
        return try readOnce(path)
    }

    private static func readOnce(_ path: String) throws(StudyError) -> StoredValue {
        func damaged(_ reason: String) -> StudyError { .damaged(path: path, reason: reason) }
        let (tensors, metadata): ([String: Tensor], [String: String])
        guard path.withSystemPath({ access($0, R_OK) }) == 0 else {
            throw errno == ESTALE ? damaged("it was replaced meanwhile") : .file(.system(path))
        }
        do {
            (tensors, metadata) = try SafeTensors.read(path)
        } catch let error as FileError {
            throw damaged(error.reason)
        } catch {
            throw .wrapping(error, path: path)
        }
        guard let text = metadata["value"], let expected = metadata["crc32"] else {
            throw damaged("it holds no value of a study")
        }
        let sorted = tensors.map { (name: $0.key, tensor: $0.value) }
        guard try checksum(text, sorted) == expected else { throw damaged("its checksum is another") }
        do { return try StoredValue(try JSON(parsing: text), tensors: tensors) } catch { throw damaged("\(error)") }
    }

    /// The CRC-32 of all that a file holds, in eight hexadecimal digits; tensors are contiguous and in any order.
    private static func checksum(
        _ text: String, _ tensors: [(name: String, tensor: Tensor)]
    ) throws(StudyError) -> String {
        var sum = update(0, text)
        for (name, tensor) in tensors.sorted(by: { $0.name < $1.name }) {
            if Interrupt.isRequested { throw .tensor(.interrupted) }
            sum = update(sum, "\(name) \(tensor.shape.shapeText)")
            sum = update(sum, UnsafeRawBufferPointer(start: tensor.pointer, count: tensor.count * 4))
        }
        return String(format: "%08lx", sum)
    }

    private static func update(_ sum: UInt, _ text: String) -> UInt {
        Array(text.utf8).withUnsafeBytes { update(sum, $0) }
    }

    private static func update(_ sum: UInt, _ bytes: UnsafeRawBufferPointer) -> UInt {
        // zlib takes a nil pointer as the question for the initial value.
        bytes.isEmpty ? sum : crc32_z(sum, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count)
    }
}

/// Checksums of files of any kind, by which it is seen whether they are as they were.
public enum FileChecksum {
    private static let edge = 1 << 16

    /// The size of the regular file at `path` in bytes and the CRC-32 of what it holds, as in "352-00c0ffee".
    ///
    /// Where it `isQuick`, only the first and last 64 KiB of a longer gzip file are read, which ends with the CRC-32
    /// of its contents.
    public static func text(of path: String, isQuick: Bool = false) throws(FileError) -> String {
        // A pipe, which has no end, is refused.
        let size = try InputFile(path).size
        let descriptor = path.withSystemPath { open($0, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw .system(path) }
        defer { close(descriptor) }
        var sum: UInt = 0
        var bytes = [UInt8](repeating: 0, count: edge)
        var offset = 0
        while offset < size {
            if isQuick, path.hasSuffix(".gz"), offset == edge { offset = max(offset, size - edge) }
            guard !Interrupt.isRequested else { throw .interrupted(path) }
            let count = pread(descriptor, &bytes, min(edge, size - offset), off_t(offset))
            guard count > 0 else { throw count == 0 ? .ended(path) : .system(path) }
            sum = bytes.withUnsafeBufferPointer { crc32_z(sum, $0.baseAddress, count) }
            offset += count
        }
        return "\(size)-\(String(format: "%08lx", sum))"
    }
}
