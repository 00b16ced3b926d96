package com.example.approve.model

import dev.scanlogin.LoginCode

/**
 * What a code claims, a line each, as far as a person reads it before deciding. The library has left nothing in it that changes how the
 * rest of the screen reads. Null when there is nothing.
 *
 * An app whose own web page makes the codes would show the claims that it knows, in its own words.
 */
fun claim(code: LoginCode): String? =
    code.claims.take(MOST_CLAIMS).joinToString("\n") { (name, value) -> if (name.isEmpty()) value else "$name: $value" }.ifEmpty { null }

private const val MOST_CLAIMS = 4
