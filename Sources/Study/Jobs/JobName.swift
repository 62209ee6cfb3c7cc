/// A job's name, such as "n05/split2/DWP", as a path within the study's folder.
public struct JobName: Equatable, Hashable, Sendable, CustomStringConvertible {
    /// The name as it was given.
    public let description: String

    private static let characters = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+=, ")
    private static let longest = 100

    /// Checks a name: parts between "/", each of 1 to 100 of the characters a-z, A-Z, 0-9, "._-+=, ", that neither
    /// begin with a dot nor end as the files of jobs do, in ".safetensors".
    public init(_ name: String) throws(StudyError) {
        func refused(_ expected: String) -> StudyError { .name(name, expected: expected) }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        for part in parts {
            guard (1...Self.longest).contains(part.utf8.count) else {
                throw refused("parts of 1 to \(Self.longest) characters between '/'")
            }
            guard part.allSatisfy(Self.characters.contains) else {
                throw refused("letters, digits and the characters '._-+=, '")
            }
            guard !part.hasPrefix("."), !part.hasSuffix(".safetensors") else {
                throw refused("no part that begins with '.' or ends with '.safetensors'")
            }
        }
        guard name.utf8.count <= 1000 else { throw refused("at most 1000 characters") }
        description = name
    }

    /// The seed of the job's random numbers: the 64-bit FNV-1a hash (Fowler, Noll and Vo; draft-eastlake-fnv) of the
    /// study's seed, 8 bytes, the lowest first, and the name in UTF-8.
    ///
    /// So what a job draws depends on neither the jobs before it nor their number.
    public func seed(study: UInt64) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        let bytes = (0..<8).map { UInt8(truncatingIfNeeded: study >> (8 * $0)) } + Array(description.utf8)
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash
    }
}
