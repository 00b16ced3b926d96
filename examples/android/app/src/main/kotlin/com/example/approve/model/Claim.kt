package com.example.approve.model

/**
 * A code's custom data as it can be shown. Anyone can make a code that says anything, so nothing of it may change how the rest of
 * the screen reads: no control or bidirectional characters, no line breaks, and not too much. Null when nothing is left.
 *
 * An app whose own web page makes the codes would parse it and show the fields that it knows, each cleaned like this.
 */
fun claim(customData: String?): String? {
    val text = StringBuilder()
    var count = 0
    var index = 0
    while (customData != null && index < customData.length) {
        val character = customData.codePointAt(index)
        index += Character.charCount(character)
        when (Character.getType(character).toByte()) {
            Character.CONTROL, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR, Character.SPACE_SEPARATOR ->
                if (text.isNotEmpty() && text.last() != ' ') text.append(' ')

            // Bidirectional and invisible characters are among the format characters. Half a surrogate pair is no character, and what
            // is private or unassigned looks different on each phone.
            Character.FORMAT, Character.SURROGATE, Character.PRIVATE_USE, Character.UNASSIGNED -> {}

            else -> {
                if (count++ == MOST_CHARACTERS) return "$text…"
                text.appendCodePoint(character)
            }
        }
    }
    return text.trim().toString().ifEmpty { null }
}

private const val MOST_CHARACTERS = 200
