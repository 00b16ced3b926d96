// The page's only job: it calls the vendor's SDK as it was published, and keeps what that calls back. The
// fragment of the address holds the options of the SDK.
const { client, scanning } = JSON.parse(decodeURIComponent(location.hash.slice(1)));
const events = [];

/** A callback that keeps what it was called with, and shows it. */
function kept(name, shown) {
  return (...given) => {
    events.push({ name, given: JSON.parse(JSON.stringify(given)) });
    if (shown) document.getElementById("state").textContent = shown(...given);
  };
}

new Authing.AuthenticationClient(client).qrcode.startScanning("qrcode", {
  ...scanning,
  onCodeShow: kept("onCodeShow"),
  onCodeLoadFailed: kept("onCodeLoadFailed", () => "The code could not be loaded."),
  onScanned: kept("onScanned", user => `${user.nickname} has scanned the code.`),
  onSuccess: kept("onSuccess", user => `${user.nickname} is signed in.`),
  onCancel: kept("onCancel", () => "The login was declined."),
  onExpired: kept("onExpired", () => "The code has expired."),
  onError: kept("onError", reason => `The login failed: ${reason}`),
});
