import Figures
import Foundation
import Inference
import LuaBridge
import Report
import Sessions
import Support
import Tensors

/// What a comparison of priors found, the best first, as scripts hold it.
final class ComparisonObject: LuaObject, CustomStringConvertible {
    private let measures: [PriorComparison.Measures]
    /// The priors, in the order of the measures.
    private let priors: [any KernelPrior]
    private let comparison: PriorComparison
    /// The names of priors that were taken as they were given.
    private let given: [String]
    /// The priors that could not be fitted or measured.
    private let failed: [Failure]

    /// A prior that could not be fitted or measured, and why.
    struct Failure {
        let name: String
        let error: any Error
    }

    init(
        _ comparison: PriorComparison, _ found: [(measures: PriorComparison.Measures, prior: any KernelPrior)],
        given: [String], failed: [Failure]
    ) {
        let sorted = found.sorted { $0.measures.heldOut > $1.measures.heldOut }
        (measures, priors) = (sorted.map(\.measures), sorted.map(\.prior))
        (self.comparison, self.given, self.failed) = (comparison, given, failed)
    }

    /// The tables and the notes under them.
    var description: String {
        ((try? tables().map(\.text).joined(separator: "\n\n")) ?? "Comparison") + "\n\n" + notes
    }

    private static let columns = [
        "prior", "held out", "+-", "density", "training", "permuted", "initial", "bits/weight", "to training",
        "to held out", "nearer training", "numbers", "fit s", "us/kernel",
    ]
    /// How many columns the first of two tables has: a terminal is not wide enough for all.
    private static let densityColumns = 7

    /// What the columns mean, in lines that fit a terminal.
    private var notes: String {
        let shape = Array(comparison.heldOut.shape.dropFirst()).shapeText
        let own = given.isEmpty ? "" : "\nTaken as given, not fitted here: \(given.joined(separator: ", "))."
        let without = failed.map { "\n'\($0.name)' is left out: \($0.error)" }.joined()
        return """
            Nats a kernel on \(comparison.heldOut.shape[0]) kernels of \(shape), held out (* the best); \
            \(comparison.training.shape[0]) were trained on.
            exact: the density as log_prob gives it, which must integrate to 1; bound: from below, by K codes a kernel.
            training: the same on those; permuted: on kernels whose weights are mixed, high for a prior of scale alone;
            initial: on kernels at initialisation, high for a prior that does not tell training from chance.
            to training, to held out: how far drawn kernels lie from the nearest of each, as a share of a kernel's norm;
            nearer training: the share of them that lie nearer to a training kernel, 0.5 without memory.
            bits/weight: what a weight of a held-out kernel costs, in bits; numbers: what the prior holds;
            fit s, us/kernel: seconds of the fit, microseconds of a log density.\(own)\(without)
            """
    }

    /// The densities, and under them the draws and costs.
    fileprivate func tables() throws -> [ReportTable] {
        let (rows, first) = (rows(), Self.densityColumns)
        return [
            try ReportTable(
                columns: Array(Self.columns.prefix(first)), rows: rows.map { Array($0.prefix(first)) },
                best: ["held out": .max], digits: 4,
                decimals: ["held out": 2, "+-": 2, "training": 2, "permuted": 2, "initial": 2]),
            try ReportTable(
                columns: [Self.columns[0]] + Self.columns.dropFirst(first),
                rows: rows.map { [$0[0]] + $0.dropFirst(first) }, digits: 4,
                decimals: ["fit s": 2, "us/kernel": 1]),
        ]
    }

    private func rows() -> [[ReportTable.Value]] {
        measures.map { row in
            [
                .text(row.name), .number(row.heldOut), .number(row.standardError),
                .text(row.samples.map { "bound, K = \($0)" } ?? "exact"), .number(row.training),
                .number(row.permuted), .number(row.initial), .number(row.bitsPerWeight),
                .number(row.nearest?.training ?? .nan), .number(row.nearest?.heldOut ?? .nan),
                .number(row.shareNearTraining ?? .nan), .number(Double(row.numbers)), .number(row.fitSeconds ?? .nan),
                .number(row.secondsPerKernel * 1e6),
            ]
        }
    }

    /// Held-out kernels, and beside them kernels drawn from each prior.
    fileprivate func kernels() throws -> KernelFigure {
        let count = 16
        var groups = [
            try KernelFigure.Group(title: "held-out kernels", kernels: comparison.heldOut, limit: count)
        ]
        for (row, prior) in zip(measures, priors) where prior.canSample {
            let drawn = try GradientMode.disabled { () throws(TensorError) in
                try prior.sample(count, generator: RandomGenerator(seed: 0))
            }
            groups.append(
                try KernelFigure.Group(
                    title: "\(row.name): \(String(format: "%.1f", row.heldOut)) nats", kernels: drawn))
        }
        return try KernelFigure(title: "Real kernels, and kernels drawn from each prior", groups: groups)
    }

    private static let example =
        "local found = prior.compare(torch.randn(90, 3, 3), {full = prior.FullCovariance}); "

    static let luaType = LuaType(
        "Comparison", "Priors judged on kernels held out, the best first; it prints as a table.",
        methods: [
            LuaFunction(
                "table", "Gives the columns and rows, as report.page():table takes them.", ComparisonObject.this,
                returns: "list of names, and list of rows",
                example: example + "report.page('Priors'):table(found:table())"
            ) { object in (ComparisonObject.columns, object.rows()) },
            LuaFunction(
                "figure", "Draws kernels held out, and beside them kernels of each prior that can be sampled.",
                ComparisonObject.this,
                returns: "figure", example: example + "found:figure():save(os.tmpname() .. '.png')"
            ) { object in try FigureObject(object.kernels()) },
            LuaFunction(
                "save", "Writes table and figure as a page, one HTML file, whole or not at all.", ComparisonObject.this,
                Parameter("path", Path.self, "the file"),
                Option("title", String.self, default: "Priors compared", "the page's title"),
                returns: "the comparison", example: example + "found:save(os.tmpname() .. '.html')"
            ) { object, path, title in
                let page = ReportPage(title: title)
                for table in try object.tables() { page.addTable(table) }
                page.addText(object.notes)
                if object.isDrawable { try page.addFigure(object.kernels()) }
                try page.write(to: path.text)
                return object
            },
        ],
        properties: [
            LuaProperty("rows", "The measures, a table a prior, the best first.", type: "list of tables") {
                (object: ComparisonObject) in object.measures.map(\.record)
            },
            LuaProperty("failed", "The priors that were left out: their errors by name.", type: "table of texts") {
                (object: ComparisonObject) in
                Dictionary(object.failed.map { ($0.name, "\($0.error)") }) { first, _ in first }
            },
        ],
        metamethods: [
            LuaFunction("__len", "Counts the priors.", ComparisonObject.this, returns: "integer") { $0.measures.count },
            LuaFunction("__tostring", "Writes the table.", ComparisonObject.this, returns: "string") { $0.description },
        ])
}

extension ComparisonObject: DisplayedObject {
    /// Whether kernels have a shape that pictures show.
    fileprivate var isDrawable: Bool { 3...4 ~= comparison.heldOut.shape.count }

    /// The table, and what its columns mean.
    var richForm: RichForm? {
        get throws {
            let lines = notes.split(separator: "\n").map { String($0).htmlText }
            return .html(try tables().map(\.tableHTML).joined() + "<p>\(lines.joined(separator: "<br>\n"))</p>\n")
        }
    }

    /// How many priors.
    var displaySize: DisplaySize? { DisplaySize("\(measures.count) priors") }
}

extension PriorComparison.Measures {
    /// The measures as fields of a table.
    fileprivate var record: LuaRecord {
        LuaRecord([
            "name": name, "held_out": heldOut, "standard_error": standardError, "samples": samples,
            "bits_per_weight": bitsPerWeight, "training": training, "permuted": permuted, "initial": initial,
            "nearest_training": nearest?.training, "nearest_held_out": nearest?.heldOut,
            "share_nearer_training": shareNearTraining, "numbers": numbers, "fit_seconds": fitSeconds,
            "seconds_per_kernel": secondsPerKernel,
        ])
    }
}
