import Foundation
import Support

/// A place in code, counted in Unicode code points.
package struct CursorPlace {
    /// What is before the cursor.
    package let before: String
    private let after: String

    /// The place that a request names by `code` and `cursor_pos`; the end where it names none.
    package init(_ request: JSON) {
        let code = (request["code"]?.text ?? "").unicodeScalars
        let position = max(request["cursor_pos"]?.integer ?? code.count, 0)
        before = String(code.prefix(position))
        after = String(code.dropFirst(position))
    }

    private static func isName(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || "_.:".contains(character)
    }

    private static func word(_ text: some StringProtocol) -> String {
        String(String(text.reversed().prefix(while: isName)).reversed())
    }

    /// The name at the cursor, then those of the functions whose arguments the cursor is in, the innermost first.
    package var names: [String] {
        var names = [Self.word(before) + after.prefix(while: Self.isName)]
        var depth = 0
        for index in before.indices.reversed() {
            switch before[index] {
            case ")", "}", "]": depth += 1
            case "(", "{", "[":
                if depth == 0 {
                    names.append(Self.word(before[..<index]))
                } else {
                    depth -= 1
                }
            default: break
            }
        }
        return names.map { $0.trimmingCharacters(in: [".", ":"]) }.filter { !$0.isEmpty }
    }
}
