package com.example.approve

import android.Manifest
import android.app.Activity
import android.content.Intent
import android.content.pm.PackageManager
import android.hardware.camera2.CameraManager
import android.hardware.display.DisplayManager
import android.net.Uri
import android.os.Bundle
import android.os.Handler
import android.os.Looper
import android.provider.Settings
import android.view.SurfaceHolder
import android.view.SurfaceView
import android.view.View
import android.widget.Button
import android.widget.ToggleButton
import com.example.approve.model.ApprovalModel
import com.example.approve.model.Next
import com.example.approve.model.Screen
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.cancel
import kotlinx.coroutines.launch

/** Scans a login code, or takes it from a picture, and asks the user. */
class ScanActivity : Activity(), SurfaceHolder.Callback, DisplayManager.DisplayListener {
    /** What stays when the phone is turned. */
    private class Retained(val model: ApprovalModel) {
        var isTorchOn = false
        var isAsking = false
        var wasAsked = false
    }

    private lateinit var retained: Retained
    private lateinit var view: ScanView
    private lateinit var preview: PreviewLayout
    private lateinit var surface: SurfaceView
    private var lens: Lens? = null
    private var camera: Camera? = null
    private var isCameraLost = false
    private var isSurfaceReady = false
    private var watching: CoroutineScope? = null
    private val model get() = retained.model
    private val guard get() = (application as App).guard

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        @Suppress("DEPRECATION") // For some time it was; what was to take its place is a library now.
        retained = lastNonConfigurationInstance as Retained? ?: Retained(ApprovalModel((application as App).scanLogin, MAIN))
        setContentView(R.layout.scan)
        view = ScanView(this, model, ::goOn)
        preview = findViewById(R.id.preview) as PreviewLayout
        surface = findViewById(R.id.surface) as SurfaceView
        surface.holder.addCallback(this)

        lens = Lens.find(getSystemService(CAMERA_SERVICE) as CameraManager)
        preview.mapping = lens?.mapping(displayRotation)
        (findViewById(R.id.torch) as ToggleButton).apply {
            visibility = if (lens?.hasTorch == true) View.VISIBLE else View.GONE
            isChecked = retained.isTorchOn
            setOnCheckedChangeListener { _, isOn ->
                retained.isTorchOn = isOn
                camera?.setTorch(isOn)
            }
        }
        (findViewById(R.id.allow) as Button).setOnClickListener { allowCamera() }
        (findViewById(R.id.gallery) as Button).setOnClickListener { choosePicture() }
    }

    override fun onStart() {
        super.onStart()
        (getSystemService(DISPLAY_SERVICE) as DisplayManager).registerDisplayListener(this, Handler(Looper.getMainLooper()))
        guard.screen = { question -> startActivityForResult(question, VERIFY_USER) }
        model.onForeground()
        watching = CoroutineScope(SupervisorJob() + MAIN).apply {
            launch { model.screen.collect { showAll() } }
            launch { model.sight.collect { view.show(it, preview.mapping) } }
        }
    }

    override fun onResume() {
        super.onResume()
        isCameraLost = false
        if (!mayUseCamera && !retained.wasAsked && lens != null) askForCamera()
        showAll()
    }

    override fun onStop() {
        (getSystemService(DISPLAY_SERVICE) as DisplayManager).unregisterDisplayListener(this)
        guard.screen = null
        watching?.cancel()
        watching = null
        closeCamera()
        super.onStop()
    }

    override fun onDestroy() {
        if (!isChangingConfigurations) model.close()
        super.onDestroy()
    }

    @Suppress("OVERRIDE_DEPRECATION")
    override fun onRetainNonConfigurationInstance(): Any = retained

    private fun showAll() {
        val screen = model.screen.value
        view.show(screen, cameraAccess)
        val wantsCamera = screen == Screen.Scanning && cameraAccess == CameraAccess.ALLOWED && isSurfaceReady && watching != null
        if (!wantsCamera) closeCamera() else if (camera == null) openCamera()
    }

    // The camera.

    private val mayUseCamera get() = checkSelfPermission(Manifest.permission.CAMERA) == PackageManager.PERMISSION_GRANTED

    private val cameraAccess: CameraAccess
        get() = when {
            lens == null || isCameraLost -> CameraAccess.NONE
            mayUseCamera -> CameraAccess.ALLOWED
            // Android says no more than this of "denied for ever": it would not explain, though it has asked.
            retained.wasAsked && !shouldShowRequestPermissionRationale(Manifest.permission.CAMERA) -> CameraAccess.DENIED_FOR_EVER
            else -> CameraAccess.NOT_ALLOWED
        }

    private fun allowCamera() {
        if (cameraAccess != CameraAccess.DENIED_FOR_EVER) return askForCamera()
        startActivity(Intent(Settings.ACTION_APPLICATION_DETAILS_SETTINGS, Uri.fromParts("package", packageName, null)))
    }

    private fun askForCamera() {
        // The dialog stays when the phone is turned, and a second request would be answered with no.
        if (retained.isAsking) return
        retained.isAsking = true
        requestPermissions(arrayOf(Manifest.permission.CAMERA), ASK_FOR_CAMERA)
    }

    override fun onRequestPermissionsResult(requestCode: Int, permissions: Array<String>, grantResults: IntArray) {
        retained.isAsking = false
        // Without results the dialog was interrupted, and nothing was answered.
        retained.wasAsked = grantResults.isNotEmpty()
        showAll()
    }

    private fun openCamera() {
        val lens = lens ?: return
        val scanner = model.frameScanner()
        val handler = Handler(Looper.getMainLooper())
        camera = Camera(
            getSystemService(CAMERA_SERVICE) as CameraManager, lens, surface.holder.surface, scanner, retained.isTorchOn,
            onResult = { result -> handler.post { if (watching != null) model.onFrame(result) } },
            onLost = { handler.post { onCameraLost() } },
        )
    }

    private fun onCameraLost() {
        camera = null
        isCameraLost = true
        showAll()
    }

    private fun closeCamera() {
        camera?.close()
        camera = null
    }

    override fun surfaceCreated(holder: SurfaceHolder) {
        lens?.let { holder.setFixedSize(it.size.width, it.size.height) }
    }

    override fun surfaceChanged(holder: SurfaceHolder, format: Int, width: Int, height: Int) {
        isSurfaceReady = width == lens?.size?.width && height == lens?.size?.height
        showAll()
    }

    override fun surfaceDestroyed(holder: SurfaceHolder) {
        isSurfaceReady = false
        closeCamera()
    }

    /** From one landscape to the other there is no new activity, nor a new surface. */
    override fun onDisplayChanged(displayId: Int) {
        preview.mapping = lens?.mapping(displayRotation)
    }

    override fun onDisplayAdded(displayId: Int) {}

    override fun onDisplayRemoved(displayId: Int) {}

    @Suppress("DEPRECATION") // What takes its place came with Android 11.
    private val displayRotation get() = windowManager.defaultDisplay.rotation

    // Pictures, and where else the user goes.

    private fun choosePicture() {
        val pick = Intent(Intent.ACTION_GET_CONTENT).setType("image/*").addCategory(Intent.CATEGORY_OPENABLE)
        if (pick.resolveActivity(packageManager) != null) startActivityForResult(pick, CHOOSE_PICTURE)
    }

    override fun onActivityResult(requestCode: Int, resultCode: Int, data: Intent?) {
        if (requestCode == VERIFY_USER) guard.onAnswer(resultCode == RESULT_OK)
        val picture = data?.data ?: return
        val resolver = applicationContext.contentResolver
        if (requestCode == CHOOSE_PICTURE && resultCode == RESULT_OK) model.onPicture { it.readPicture(resolver, picture) }
    }

    private fun goOn(next: Next) = when (next) {
        Next.TRY_AGAIN -> model.onTryAgain()
        Next.SCAN_AGAIN -> model.onScanAgain()
        // An app opens its own sign-in, or its own second factor.
        Next.SIGN_IN, Next.VERIFY, Next.CLOSE -> finish()
    }

    private companion object {
        const val ASK_FOR_CAMERA = 1
        const val CHOOSE_PICTURE = 2
        const val VERIFY_USER = 3
    }
}
