package dev.scanlogin

import java.io.File
import java.lang.reflect.Modifier
import java.util.zip.ZipFile
import kotlin.reflect.KCallable
import kotlin.reflect.KVisibility
import kotlin.reflect.full.declaredMembers
import kotlin.reflect.jvm.kotlinFunction
import kotlin.test.assertEquals
import kotlin.test.assertTrue

/** What all languages have in common, as Rust lists it. */
private val contract = File(System.getProperty("contract")).readLines().map { it.split('\t') }
private fun names(list: String) = contract.filter { it[0] == list }.map { it[1] }
private fun upper(name: String) = name.replace(Regex("(?<=[a-z0-9])(?=[A-Z])"), "_").uppercase()

/** The library's classes that apps may name. */
private fun classes(): List<Class<*>> {
    val jar = ZipFile(ScanLoginClient::class.java.protectionDomain.codeSource.location.path)
    return jar.use { zip ->
        zip.entries().asSequence().map { it.name }.filter { it.matches(Regex("dev/scanlogin/[^/]*\\.class")) }
            .map { Class.forName(it.removeSuffix(".class").replace('/', '.'), false, ScanLoginClient::class.java.classLoader) }
            .filter { it.isAnnotationPresent(Metadata::class.java) && !it.isSynthetic && !it.isAnonymousClass && !it.isLocalClass }
            .sortedBy { it.name }.toList()
    }
}

private fun isFacade(of: Class<*>) = of.getAnnotation(Metadata::class.java).kind == 2

/** A line for each public declaration of a class, but for those that every value has. */
private fun declarations(of: Class<*>): List<String> {
    fun List<KCallable<*>>.lines() = filter { it.visibility == KVisibility.PUBLIC && !it.name.matches(OF_EVERY_VALUE) }
        .map { (if (it.isSuspend) "suspend $it" else "$it").replace(Regex("(dev\\.scanlogin|kotlin|kotlin\\.collections)\\.(?=[A-Z])"), "").replace("fun `<init>`", "constructor") }.sorted()
    if (isFacade(of)) return of.declaredMethods.mapNotNull { it.kotlinFunction }.lines()
    if (generateSequence<Class<*>>(of) { it.enclosingClass }.any { it.kotlin.visibility != KVisibility.PUBLIC }) return emptyList()
    val constants = of.enumConstants.orEmpty().map { "$it" }
    val name = of.kotlin.qualifiedName!!.removePrefix("dev.scanlogin.")
    val members = (of.kotlin.constructors + of.kotlin.declaredMembers).lines().map { it.replace(" $name.", " ") }
    return listOf(name) + (constants + members).map { "  $it" }
}

/** One of each case of a sealed class, with fields that are among the given. */
private fun instances(of: Class<*>, given: List<Any>): List<Any> =
    of.declaredClasses.filter { of.isAssignableFrom(it) }.map { case ->
        val constructor = case.constructors.singleOrNull() ?: return@map case.getField("INSTANCE").get(null)
        val fields = constructor.parameterTypes.map { type -> given.first { type.kotlin.javaObjectType.isInstance(it) } }
        constructor.newInstance(*fields.toTypedArray())
    }

private val OF_EVERY_VALUE = Regex("component\\d|copy|equals|hashCode|toString|valueOf|values|entries")

fun Tests.contract() {
    test("the public names are the reviewed ones") {
        val names = classes().flatMap(::declarations).joinToString("\n", postfix = "\n")
        val reviewed = File(System.getProperty("api"))
        File(System.getProperty("api.now")).writeText(names)
        assertEquals(reviewed.readText(), names, "review the names in ${System.getProperty("api.now")}, and copy them to $reviewed")
        assertTrue("ffi" !in names)
    }

    test("Java sees no mangled name, and none of what holds Kotlin's functions") {
        for (of in classes().filter { Modifier.isPublic(it.modifiers) }) {
            if (isFacade(of)) assertTrue(of.simpleName.startsWith("-"), "$of")
            if (isFacade(of) || of.kotlin.visibility != KVisibility.PUBLIC) continue
            for (method in of.declaredMethods.filter { Modifier.isPublic(it.modifiers) && !it.isSynthetic }) {
                assertTrue(method.name.all { it.isLetterOrDigit() }, "$method")
            }
        }
    }

    test("the errors are those of Rust") {
        val exceptions = ScanLoginException::class.java.declaredClasses.filter { ScanLoginException::class.java.isAssignableFrom(it) }
        assertEquals(names("error").toSet(), exceptions.map { it.simpleName }.toSet())
    }

    test("each of Rust's values becomes the one of the same name") {
        val loader = ScanLoginClient::class.java.classLoader
        val given = listOf<Any>("text", 1L, emptyList<Any>()) +
            listOf("ImageFlaw", "Decision", "NetworkFailure", "CodeSource", "BindingFlaw", "VerificationFailure", "ContextFlaw").map { loader.loadClass("dev.scanlogin.ffi.$it").enumConstants[0] } +
            instances(loader.loadClass("dev.scanlogin.ffi.CodeFlaw"), listOf("text"))
        val details = loader.loadClass("dev.scanlogin.ffi.ErrorDetails").constructors.single { it.parameterCount == 6 }
        val toException = loader.loadClass("dev.scanlogin.-ScanLoginException").declaredMethods.single { it.name == "toException" }
        val kinds = instances(loader.loadClass("dev.scanlogin.ffi.ErrorKind"), given)
        assertEquals(names("error").size, kinds.size)
        for (kind in kinds) {
            val error = toException(null, details.newInstance(kind, "code", "for logs", true, "English", "中文")) as ScanLoginException
            assertEquals(kind.javaClass.simpleName, error.javaClass.simpleName)
            assertEquals("for logs (${error.code})", error.message)
            assertEquals(listOf("English", "中文"), Language.entries.map(error::userText))
        }

        var count = 0
        for (method in listOf("-ErrorFields", "-LoginCode", "-PendingLogin").flatMap { loader.loadClass("dev.scanlogin.$it").declaredMethods.toList() }) {
            val from = method.parameterTypes.firstOrNull() ?: continue
            if (!method.returnType.isEnum) continue
            for (value in from.enumConstants?.toList() ?: instances(from, listOf("text"))) {
                val name = (value as? Enum<*>)?.name ?: upper(value.javaClass.simpleName)
                assertEquals(name, (method(null, value) as Enum<*>).name)
                count++
            }
        }
        val lists = listOf("BindingFlaw", "Decision", "NetworkFailure", "VerificationFailure", "ContextFlaw", "ImageFlaw", "CodeFlaw", "LoginState")
        // There and back.
        assertEquals((lists + listOf("CodeSource", "CodeWarning") + listOf("CodeSource", "CodeWarning")).sumOf { names(it).size }, count)
    }

    test("an error has the code that Rust gives it, and can be tried again as there, whoever makes it") {
        val given = listOf(
            "text", 1L, emptyList<Any>(), ErrorTexts(), ImageFlaw.EMPTY, CodeFlaw.NOT_JSON, Decision.CONFIRM, NetworkFailure.OFFLINE,
            CodeSource.CAMERA, BindingFlaw.NO_PIN, VerificationFailure.FAILED, ContextFlaw.BAD_SIGNATURE,
        )
        for ((_, name, code, isRetryable) in contract.filter { it[0] == "error" }) {
            val constructor = Class.forName("dev.scanlogin.ScanLoginException$$name").constructors.filter { !it.isSynthetic }.maxBy { it.parameterCount }
            val fields = constructor.parameterTypes.map { type -> given.first { type.kotlin.javaObjectType.isInstance(it) } }
            val error = constructor.newInstance(*fields.toTypedArray()) as ScanLoginException
            assertEquals(code to isRetryable, error.code to "${error.isRetryable}")
            assertEquals("made by a test ($code)", error.message)
        }
        for ((_, name, code) in contract.filter { it[0] == "NetworkFailure" }) {
            assertEquals(code, ScanLoginException.Network(NetworkFailure.valueOf(upper(name))).code)
        }
        for ((_, name, code) in contract.filter { it[0] == "VerificationFailure" }) {
            assertEquals(code, ScanLoginException.UserNotVerified(VerificationFailure.valueOf(upper(name))).code)
        }
    }

    test("the states that are final are those of Rust") {
        for ((_, name, isFinal) in contract.filter { it[0] == "LoginState" }) {
            assertEquals(isFinal, "${LoginState.valueOf(upper(name)).isFinal}", name)
        }
    }

    test("the enums are those of Rust") {
        for ((name, values) in listOf(
            "LoginState" to LoginState.entries, "CodeFlaw" to CodeFlaw.entries, "ImageFlaw" to ImageFlaw.entries,
            "ApiVersion" to ApiVersion.entries, "AuthorizationForm" to AuthorizationForm.entries, "CodeSource" to CodeSource.entries,
            "CodeWarning" to CodeWarning.entries, "BindingFlaw" to BindingFlaw.entries,
            "NetworkFailure" to NetworkFailure.entries, "VerificationFailure" to VerificationFailure.entries,
            "ContextFlaw" to ContextFlaw.entries, "Decision" to Decision.entries, "Language" to Language.entries,
        )) {
            assertEquals(names(name).map(::upper), values.map { it.name }, name)
        }
    }

    test("the settings are those of Rust, and the documentation has their defaults and all errors") {
        val page = File(System.getProperty("page")).readText()
        fun camel(name: String) = name.replace(Regex("_([a-z])")) { it.groupValues[1].uppercase() }
        val settable = ScanLoginConfig.Builder::class.java.declaredFields.map { it.name }.toSet()
        val settings = contract.filter { it[0] == "config" }
        assertEquals(settings.map { camel(it[1]).substringBefore('.') }.toSet(), settable)
        for ((_, name, default) in settings) {
            assertTrue(Regex("\\| `${camel(name).substringAfter('.')}` \\|.*\\| $default \\|").containsMatchIn(page), "$name: $default")
        }
        for (error in contract.filter { it[0] == "error" }) {
            assertTrue("| `${error[1]}` | `${error[2].removeSuffix("offline").replace("verified_failed", "verified_")}" in page, error[1])
        }
    }
}
