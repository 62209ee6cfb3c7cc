// swift-tools-version: 6.2
import PackageDescription

// One set of flags for every target: vector code is inlined across modules, and a module that was compiled for another
// processor would turn each SIMD16 operation into sixteen calls. A vector of sixteen floats is one register where there are
// such: tuned for Sapphire Rapids the compiler would split it in two, and values stored in halves are slow to read whole.
// nifti2_io.h looks for its znzlib.h on the search path, as libxml2 does for its own, hence the folders.
// LUNETTE_MARCH names another processor than the one at hand, by clang's names: x86-64-v3 is any with AVX2.
let processor = Context.environment["LUNETTE_MARCH"] ?? "native"
let settings: [SwiftSetting] = [
    .unsafeFlags([
        "-Xcc", "-march=\(processor)", "-Xcc", "-mprefer-vector-width=512", "-Xcc", "-I/usr/include/nifti",
        "-Xcc", "-I/usr/include/libxml2",
    ])
]

/// A module of ours, with the modules it may import.
func module(_ name: String, imports: [String] = []) -> Target {
    .target(
        name: name, dependencies: imports.map { .init(stringLiteral: $0) }, exclude: ["README.md"],
        swiftSettings: settings, linkerSettings: [.linkedLibrary("m")])
}

/// The tests of a module.
func tests(_ name: String, imports: [String] = [], resources: [Resource] = []) -> Target {
    .testTarget(
        name: name + "Tests", dependencies: ([name] + imports).map { .init(stringLiteral: $0) },
        resources: resources, swiftSettings: settings)
}

/// A C library from Debian.
func library(_ name: String, debian package: String) -> Target {
    .systemLibrary(name: name, providers: [.apt([package])])
}

let package = Package(
    name: "Lunette",
    products: [.executable(name: "lunette", targets: ["lunette"])],
    targets: [
        .systemLibrary(name: "CSystem"),
        library("CLua", debian: "liblua5.4-dev"),
        library("CNifti", debian: "libnifti-dev"),
        library("CReadline", debian: "libreadline-dev"),
        library("CCairo", debian: "libcairo2-dev"),
        library("CZip", debian: "libzip-dev"),
        library("CZlib", debian: "zlib1g-dev"),
        library("CMark", debian: "libcmark-gfm-extensions-dev"),
        library("CXML", debian: "libxml2-dev"),
        library("CZeroMQ", debian: "libzmq3-dev"),
        library("CSodium", debian: "libsodium-dev"),
        library("CSandbox", debian: "libseccomp-dev"),
        library("COpenBLAS", debian: "libopenblas-dev"),
        module("Support", imports: ["CSystem", "CSandbox"]),
        module("Kernels", imports: ["Support", "CSystem", "COpenBLAS"]),
        module("Tensors", imports: ["Support", "Kernels", "CZip"]),
        module("Layers", imports: ["Support", "Kernels", "Tensors"]),
        module("Distributions", imports: ["Support", "Tensors"]),
        module("Volumes", imports: ["Support", "Tensors", "CNifti", "CZlib"]),
        module("Figures", imports: ["Support", "Tensors", "CCairo"]),
        module("Report", imports: ["Support", "Tensors", "Figures", "CZlib", "CSodium"]),
        module("Inference", imports: ["Support", "Kernels", "Tensors", "Layers", "Distributions"]),
        module("Study", imports: ["Support", "Kernels", "Tensors", "CZlib"]),
        module("Ranks", imports: ["Support", "Tensors"]),
        module("Course", imports: ["Support", "CSodium"]),
        module("LuaBridge", imports: ["Support", "CLua"]),
        module("Sessions", imports: ["Support", "Figures", "Report", "LuaBridge"]),
        module(
            "LuaModules",
            imports: [
                "Support", "Tensors", "Layers", "Distributions", "Volumes", "Figures", "Report", "Inference", "Study",
                "Ranks", "Course", "LuaBridge", "Sessions",
            ]),
        module("Notebook", imports: ["Support", "Report", "LuaBridge", "Sessions", "CMark", "CXML"]),
        module("Terminal", imports: ["Support", "LuaBridge", "Sessions", "Notebook", "CReadline"]),
        module("Jupyter", imports: ["Support", "LuaBridge", "Sessions", "CZeroMQ", "CSodium"]),
        .executableTarget(
            name: "lunette",
            dependencies: [
                "Support", "CSystem", "Kernels", "Tensors", "Course", "LuaBridge", "Sessions", "LuaModules", "Notebook",
                "Terminal", "Jupyter",
            ],
            exclude: ["README.md"], swiftSettings: settings),
        .target(
            name: "TestSupport", dependencies: ["Support", "Tensors"], path: "Tests/TestSupport",
            exclude: ["Fixtures"], swiftSettings: settings),
        .target(
            name: "LuaTestSupport", dependencies: ["Support", "LuaBridge", "CLua"], path: "Tests/LuaTestSupport",
            swiftSettings: settings),
        .target(
            name: "FuzzTargets",
            dependencies: [
                "Support", "Tensors", "Layers", "Volumes", "Report", "Study", "Course", "LuaBridge", "Sessions",
                "Notebook", "Jupyter",
            ],
            path: "Tests/FuzzTargets", swiftSettings: settings),
        .executableTarget(
            name: "KernelBenchmarks", dependencies: ["Support", "Kernels"], path: "Tests/KernelBenchmarks",
            swiftSettings: settings),
        tests("FuzzTargets", imports: ["TestSupport"], resources: [.copy("Corpora")]),
        tests("Support", imports: ["TestSupport"]),
        tests("Kernels", imports: ["Support"]),
        tests("Tensors", imports: ["Support", "Kernels", "TestSupport"]),
        tests("Layers", imports: ["Support", "Tensors", "TestSupport"]),
        tests("Distributions", imports: ["Support", "Tensors", "TestSupport"], resources: [.copy("Fixtures")]),
        tests("Volumes", imports: ["Support", "Tensors", "TestSupport"], resources: [.copy("Fixtures")]),
        tests("Figures", imports: ["Tensors"]),
        tests("Report", imports: ["Support", "Tensors", "Figures", "CZlib", "TestSupport"]),
        tests("Inference", imports: ["Tensors", "Layers", "TestSupport"]),
        tests("Study", imports: ["Support", "Tensors", "TestSupport"], resources: [.copy("Fixtures")]),
        tests("Ranks", imports: ["Tensors"]),
        tests("Course", imports: ["Support"]),
        tests("LuaBridge", imports: ["Support", "LuaTestSupport"]),
        tests("Sessions", imports: ["Support", "LuaBridge", "LuaTestSupport"]),
        tests(
            "LuaModules",
            imports: ["Support", "Volumes", "LuaBridge", "Sessions", "Tensors", "TestSupport", "LuaTestSupport"],
            resources: [.copy("Scripts"), .copy("Programs"), .copy("Browser")]),
        tests("Notebook", imports: ["Support", "LuaBridge", "TestSupport"]),
        tests("Terminal", imports: ["Support", "TestSupport"]),
        tests("Jupyter", imports: ["Support", "CZeroMQ", "TestSupport"], resources: [.copy("Python")]),
    ],
    swiftLanguageModes: [.v6]
)

// Only Scripts/fuzz, which links libFuzzer, can build this.
if Context.environment["LUNETTE_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(
            name: "Fuzz", dependencies: ["Support", "FuzzTargets", "TestSupport"], path: "Tests/Fuzz",
            swiftSettings: settings))
}
