<?php
/** Settings > Rates: the address of the service, its test and a preview. */

namespace Ratesvc\Rates;

defined( 'ABSPATH' ) || exit;

const PAGE = 'ratesvc-rates';

add_action(
	'admin_init',
	function () {
		register_setting(
			PAGE,
			ADDRESS,
			[
				'type'              => 'string',
				'default'           => '',
				'sanitize_callback' => __NAMESPACE__ . '\sanitize',
			]
		);
	}
);

add_action(
	'admin_menu',
	function () {
		$name = __( 'Rates', 'ratesvc-rates' );
		add_options_page( $name, $name, 'manage_options', PAGE, __NAMESPACE__ . '\page' );
	}
);

add_filter(
	'plugin_action_links_' . plugin_basename( __DIR__ . '/ratesvc-rates.php' ),
	function ( $links ) {
		$link = sprintf( '<a href="%s">%s</a>', esc_url( page_url() ), esc_html__( 'Settings', 'ratesvc-rates' ) );
		return array_merge( [ $link ], $links );
	}
);

/** Return the URL of the settings page. */
function page_url(): string {
	return admin_url( 'options-general.php?page=' . PAGE );
}

/** Return the address to store: scheme, host and port. Keeps the previous one if it is invalid. */
function sanitize( $sent ): string {
	$sent = rtrim( trim( (string) $sent ), '/' );
	if ( '' === $sent ) {
		return '';
	}
	$problem = address_problem( $sent );
	if ( $problem ) {
		add_settings_error( ADDRESS, 'address', $problem );
		return address();
	}
	return strtolower( $sent );
}

/** Return what is wrong with an address; empty if nothing is. */
function address_problem( string $address ): string {
	if ( ! preg_match( '~^(https?)://([a-z0-9.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?$~iD', $address, $parts ) ) {
		return __( 'Enter scheme, host and port only, such as https://rates.example.org.', 'ratesvc-rates' );
	}
	if ( 'https' !== strtolower( $parts[1] ) && ! is_local( strtolower( $parts[2] ) ) ) {
		return __( 'Enter an address with https. Only a service in your own network may use http.', 'ratesvc-rates' );
	}
	return '';
}

/** Tell whether a host is in one's own network, by its name or its number. */
function is_local( string $host ): bool {
	$number = trim( $host, '[]' );
	if ( filter_var( $number, FILTER_VALIDATE_IP ) ) {
		return ! filter_var( $number, FILTER_VALIDATE_IP, FILTER_FLAG_NO_PRIV_RANGE | FILTER_FLAG_NO_RES_RANGE );
	}
	return (bool) preg_match( '/^[^.]+$|\.(local|localhost|internal|lan|test)$/', $host );
}

/** Show the page. */
function page(): void {
	?>
	<div class="wrap">
		<h1><?php esc_html_e( 'Rates', 'ratesvc-rates' ); ?></h1>
		<?php
		if ( isset( $_GET['test'] ) && check_admin_referer( 'ratesvc-rates-test' ) ) {
			foreach ( test() as list( $kind, $sentence ) ) {
				printf( '<div class="notice notice-%s"><p>%s</p></div>', esc_attr( $kind ), esc_html( $sentence ) );
			}
		}
		?>
		<form action="options.php" method="post">
			<?php settings_fields( PAGE ); ?>
			<table class="form-table" role="presentation"><tr>
				<th scope="row"><label for="address"><?php esc_html_e( 'Address of the service', 'ratesvc-rates' ); ?></label></th>
				<td>
					<input id="address" name="<?php echo esc_attr( ADDRESS ); ?>" type="url" class="regular-text code"
						placeholder="https://rates.example.org" value="<?php echo esc_attr( address() ); ?>">
					<p class="description"><?php esc_html_e( 'The address at which readers reach your ratesvc service.', 'ratesvc-rates' ); ?></p>
				</td>
			</tr></table>
			<?php submit_button(); ?>
		</form>
		<?php if ( address() ) : ?>
			<p>
				<a class="button" href="<?php echo esc_url( wp_nonce_url( page_url() . '&test=1', 'ratesvc-rates-test' ) ); ?>"><?php esc_html_e( 'Test this address', 'ratesvc-rates' ); ?></a>
			</p>
			<h2><?php esc_html_e( 'Preview', 'ratesvc-rates' ); ?></h2>
			<?php echo markup( 'iframe', [] ); // phpcs:ignore WordPress.Security.EscapeOutput -- escaped there. ?>
			<h2><?php esc_html_e( 'How to embed', 'ratesvc-rates' ); ?></h2>
			<p><?php esc_html_e( 'Insert the block "Exchange rates", or write a shortcode:', 'ratesvc-rates' ); ?></p>
			<p><code>[rates]</code> <code>[rates pairs="USD/KZT,EUR/KZT" layout="list"]</code> <code>[rates as="chart" pair="KZT/USD" range="5y"]</code> <code>[rates as="value" pair="USD/KZT"]</code></p>
			<p><?php esc_html_e( 'Or paste the address of a ticker or chart into a paragraph of its own:', 'ratesvc-rates' ); ?></p>
			<p><code><?php echo esc_html( address() ); ?>/embed/chart/KZT</code></p>
		<?php endif; ?>
	</div>
	<?php
}

/** Ask the service for its rates and for an embed; return the kind of notice and a sentence for each. */
function test(): array {
	$ticker = wp_remote_get( address() . '/ticker.json' );
	if ( is_wp_error( $ticker ) ) {
		/* translators: %s: an error message. */
		return [ [ 'error', sprintf( __( 'This site cannot reach the service: %s', 'ratesvc-rates' ), $ticker->get_error_message() ) ] ];
	}
	$rows = json_decode( wp_remote_retrieve_body( $ticker ), true )['rows'] ?? null;
	if ( ! $rows ) {
		/* translators: %d: an HTTP status. */
		$sentence = __( 'No ratesvc service responds at this address (HTTP status %d).', 'ratesvc-rates' );
		return [ [ 'error', sprintf( $sentence, wp_remote_retrieve_response_code( $ticker ) ) ] ];
	}
	/* translators: 1: a pair, 2: a rate. */
	$found = [ [ 'success', sprintf( __( 'The service responds: %1$s = %2$s.', 'ratesvc-rates' ), $rows[0]['pair'], $rows[0]['rate'] ) ] ];
	$embed = wp_remote_get( url( '/oembed', [ 'url' => address() . '/embed/ticker' ] ) );
	if ( 200 !== wp_remote_retrieve_response_code( $embed ) ) {
		/* translators: %s: a setting. */
		$sentence = __( 'Pasted addresses stay links: the service knows itself by another address. Its operator sets %s.', 'ratesvc-rates' );
		$found[]  = [ 'warning', sprintf( $sentence, 'RATESVC_PUBLIC_URL=' . address() ) ];
	}
	return $found;
}
