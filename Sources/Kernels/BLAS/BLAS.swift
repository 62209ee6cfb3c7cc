import CSystem
import COpenBLAS
import Foundation

/// The matrix product of OpenBLAS, which is opened at its first use.
///
/// OpenBLAS runs with one thread, and our own threads share out blocks of the result: its threads would change the
/// order of sums, and so the bits, with their number. Where the library cannot be opened, `ReferenceMatrix` stands in.
public enum BLAS {
    /// Which library is used and for which processor, such as "OpenBLAS 0.3.21 (SkylakeX)".
    public static var description: String { library.description }

    /// Whether matrix products go to OpenBLAS.
    public static var isAvailable: Bool { library.multiply != nil }

    /// The library that was found.
    struct Library: @unchecked Sendable {
        let multiply: lunette_sgemm?
        let description: String
        /// What `dlopen` gave; the functions of LAPACK are found in it by name.
        var handle: UnsafeMutableRawPointer?
    }

    static let library = open()

    private static func open() -> Library {
        // Debian's version 0.3.21 takes new processors for a Haswell, which halves its speed on AVX-512.
        let vectors = String(cString: lunette_compiled_vectors())
        setenv("OPENBLAS_NUM_THREADS", "1", 0)
        if vectors == "AVX-512" { setenv("OPENBLAS_CORETYPE", "SkylakeX", 0) }
        if vectors == "AVX2" { setenv("OPENBLAS_CORETYPE", "Haswell", 0) }
        let names = ["libopenblas.so.0", "libopenblas.so", "libopenblas.dylib"]
        guard let handle = names.lazy.compactMap({ dlopen($0, RTLD_NOW | RTLD_LOCAL) }).first,
            let symbol = dlsym(handle, "cblas_sgemm")
        else { return Library(multiply: nil, description: "no OpenBLAS (slow matrix products)") }
        if let threads = dlsym(handle, "openblas_set_num_threads") {
            unsafeBitCast(threads, to: lunette_blas_threads.self)(1)
        }
        func text(_ name: String) -> String {
            guard let function = dlsym(handle, name),
                let text = unsafeBitCast(function, to: lunette_blas_text.self)()
            else { return "unknown" }
            return String(cString: text)
        }
        let version = text("openblas_get_config").split(separator: " ").prefix(2).joined(separator: " ")
        return Library(
            multiply: unsafeBitCast(symbol, to: lunette_sgemm.self),
            description: "\(version) (\(text("openblas_get_corename")))", handle: handle)
    }
}
