import Foundation
import Report
import TestSupport
import Testing

/// Tables of a report, as text.
@Suite struct ReportTableTests {
    private func html(_ table: ReportTable) -> String {
        let page = ReportPage(title: "")
        page.addTable(table)
        return page.html
    }

    /// The cells of the body of a table, row after row, with their tags.
    private func cells(_ table: ReportTable) -> [String] {
        html(table).components(separatedBy: "<td").dropFirst().compactMap { $0.components(separatedBy: "</td>").first }
    }

    /// What is shown of numbers in one column.
    private func shown(_ numbers: [Double], digits: Int = 3) throws -> [String] {
        let rows = numbers.map { [ReportTable.Value.number($0)] }
        return try cells(ReportTable(columns: ["a"], rows: rows, digits: digits)).map {
            #expect($0.hasPrefix(" style=\"text-align: right\">"))
            return String($0.dropFirst(" style=\"text-align: right\">".count))
        }
    }

    /// Numbers of one column, and what is shown of them.
    static let columns: [([Double], [String])] = [
        ([0.71234, 0.5, 1], ["0.712", "0.500", "1.000"]), ([12.345, 3.1], ["12.3", "3.1"]),
        ([5, 10, 20], ["5", "10", "20"]), ([1234.5, 2], ["1234", "2"]), ([0.0512, 0.04], ["0.051", "0.040"]),
        ([0.00123, 0.002], ["0.00123", "0.00200"]), ([0.5, 0.00041, -1e-9], ["0.500", "0.00041", "-1e-09"]),
        ([0.25, 0, -0.125], ["0.250", "0.000", "-0.125"]),
        ([.nan, 0.5, .infinity, -.infinity], ["–", "0.500", "∞", "-∞"]),
        ([.nan], ["–"]), ([1e300], ["1e+300"]), ([123_456_789], ["123456789"]), ([0], ["0"]), ([5e-324], ["4.9e-324"]),
    ]

    @Test(arguments: columns)
    func numbers(_ numbers: [Double], _ expected: [String]) throws { #expect(try shown(numbers) == expected) }

    @Test func digitsAreChosen() throws {
        #expect(try shown([0.71234, 12.5], digits: 5) == ["0.712", "12.500"])
        #expect(try shown([0.71234, 12.5], digits: 1) == ["1", "12"])
    }

    @Test func decimalsAreChosen() throws {
        let rows = [0.65512, 12, -0.00001, .nan].map { [ReportTable.Value.number($0), .number($0)] }
        let found = try cells(ReportTable(columns: ["a", "b"], rows: rows, decimals: ["a": 4]))
            .map { $0.components(separatedBy: ">").last ?? "" }
        #expect(found == ["0.6551", "0.7", "12.0000", "12.0", "-0.0000", "-1e-05", "–", "–"])
        for (column, decimals) in [("c", 4), ("a", -1), ("a", 16)] {
            #expect(throws: ReportError.self) {
                try ReportTable(columns: ["a", "b"], rows: rows, decimals: [column: decimals])
            }
        }
    }

    @Test func looks() throws {
        let table = try ReportTable(
            columns: ["<method>", "Dice"], rows: [[.text("a & b"), .number(0.5)], [.text("c"), .text("none")]],
            caption: "Dice > 0")
        let text = html(table)
        #expect(
            text.contains(
                """
                <figure>
                <div>
                <table>
                <thead><tr><th style="text-align: left">&lt;method&gt;</th><th style="text-align: right">Dice</th></tr></thead>
                <tbody>
                <tr><td style="text-align: left">a &amp; b</td><td style="text-align: right">0.500</td></tr>
                <tr><td style="text-align: left">c</td><td style="text-align: right">none</td></tr>
                </tbody>
                </table>
                </div>
                <figcaption>Dice &gt; 0</figcaption>
                </figure>
                """))
    }

    @Test func alignmentsAreChosen() throws {
        let table = try ReportTable(
            columns: ["a", "b", "c"], rows: [[.number(1), .text("x"), .text("y")]],
            alignments: [.left, .center, .right])
        let found = cells(table).map { $0.replacingOccurrences(of: " style=\"text-align: ", with: "") }
        #expect(found == ["left\">1", "center\">x", "right\">y"])
    }

    /// The best of each n, ties as they are shown and what is not a number included.
    @Test func theBestAreBold() throws {
        let rows: [[ReportTable.Value]] = [
            [.number(5), .number(0.61), .number(9)], [.number(5), .number(0.66), .number(.nan)],
            [.number(10), .number(0.7001), .number(7)], [.number(10), .number(0.7002), .number(8)],
            [.number(10), .text("failed"), .number(7)],
        ]
        func bold(_ table: ReportTable) -> [Int] { cells(table).indices.filter { cells(table)[$0].contains("<b>") } }
        let columns = ["n", "Dice", "HD95"]
        let apart = try ReportTable(
            columns: columns, rows: rows, best: ["Dice": .max, "HD95": .min], bestWithin: "n")
        #expect(bold(apart) == [2, 4, 7, 8, 10, 14])
        #expect(try bold(ReportTable(columns: columns, rows: rows, best: ["HD95": .min])) == [8, 14])
        #expect(try bold(ReportTable(columns: columns, rows: rows, best: ["HD95": .max])) == [2])
        #expect(try bold(ReportTable(columns: columns, rows: rows)) == [])
    }

    @Test func wrongInput() {
        func text(
            _ columns: [String] = ["a", "b"], _ rows: [[ReportTable.Value]] = [],
            _ alignments: [ReportTable.Alignment]? = nil,
            _ best: [String: ReportTable.Best] = [:], within: String? = nil, digits: Int = 3
        ) -> String? {
            thrownMessage {
                _ = try ReportTable(
                    columns: columns, rows: rows, alignments: alignments, best: best, bestWithin: within, digits: digits
                )
            }
        }
        #expect(text([]) == "columns: one or more expected, got none")
        #expect(
            text(["a", "b"], [[.number(1), .number(2)], [.number(1)]])
                == "row 2: 2, one a column, expected, got 1 cells")
        #expect(text(["a", "b"], [], [.left]) == "align: 2, one a column, expected, got 1")
        #expect(text(["a", "b"], [], nil, ["c": .max]) == "best: the name of a column expected, got 'c'")
        #expect(text(["a", "b"], [], nil, [:], within: "d") == "best_within: the name of a column expected, got 'd'")
        #expect(text(digits: 0) == "digits: 1 to 15 expected, got 0")
        #expect(text() == nil)
    }
}
