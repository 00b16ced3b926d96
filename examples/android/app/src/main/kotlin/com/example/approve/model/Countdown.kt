package com.example.approve.model

/** Minutes and seconds. */
fun clock(seconds: Long): String = "${seconds / 60}:${(seconds % 60).toString().padStart(2, '0')}"

/** Whether a screen reader says the time left by itself. Once a second, nothing else could be heard. */
fun isSpoken(seconds: Long): Boolean = seconds in SPOKEN

private val SPOKEN = setOf(60L, 30L, 10L)
