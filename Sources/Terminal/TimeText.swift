import Foundation

/// Spans of time for people to read.
enum TimeText {
    /// Three digits and a unit: "1.20 s", "24.1 ms", "35.0 us".
    static func text(seconds: Double) -> String {
        switch seconds {
        case 1...: String(format: "%.2f s", seconds)
        case 1e-3...: number(seconds * 1e3) + " ms"
        default: number(seconds * 1e6) + " us"
        }
    }

    private static func number(_ value: Double) -> String {
        String(format: value < 9.995 ? "%.2f" : value < 99.95 ? "%.1f" : "%.0f", value)
    }
}
