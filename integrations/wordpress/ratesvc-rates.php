<?php
/**
 * Plugin Name:       Rates of Central Asia
 * Description:       Embeds exchange rates from a ratesvc service: a block, a shortcode, and addresses in a paragraph.
 * Version:           0.1.0
 * Requires at least: 6.1
 * Requires PHP:      7.4
 * Author:            The ratesvc authors
 * License:           MIT
 * License URI:       https://opensource.org/licenses/MIT
 * Text Domain:       ratesvc-rates
 * Domain Path:       /languages
 */

namespace Ratesvc\Rates;

defined( 'ABSPATH' ) || exit;

const VERSION = '0.1.0';
/** The option that holds the address of the service. uninstall.php removes it. */
const ADDRESS = 'ratesvc_rates_address';
/** The scripts of the service, by the form that needs them. */
const SCRIPTS = [
	'ticker' => 'ratesvc-rates-ticker',
	'value'  => 'ratesvc-rates-value',
];

require __DIR__ . '/embed.php';
require __DIR__ . '/labels.php';
if ( is_admin() ) {
	require __DIR__ . '/settings.php';
}

/** Return the address of the service without a trailing slash; empty if none is set. */
function address(): string {
	return (string) get_option( ADDRESS, '' );
}

add_action(
	'init',
	function () {
		load_plugin_textdomain( 'ratesvc-rates', false, dirname( plugin_basename( __FILE__ ) ) . '/languages' );
		wp_register_script(
			'ratesvc-rates-editor',
			plugins_url( 'editor.js', __FILE__ ),
			[ 'wp-block-editor', 'wp-blocks', 'wp-components', 'wp-element', 'wp-server-side-render' ],
			VERSION,
			true
		);
		register_block_type( __DIR__, [ 'render_callback' => __NAMESPACE__ . '\block' ] );
		add_shortcode( 'rates', __NAMESPACE__ . '\shortcode' );
		if ( address() ) {
			foreach ( SCRIPTS as $form => $handle ) {
				wp_register_script( $handle, address() . "/embed/$form.js", [], null, true );
			}
			foreach ( [ 'embed', 'currency', 'pair' ] as $place ) {
				wp_oembed_add_provider( address() . "/$place/*", address() . '/oembed' );
			}
		}
	}
);

add_action(
	'enqueue_block_editor_assets',
	function () {
		$texts = wp_json_encode( [ 'options' => options(), 'labels' => labels() ] );
		wp_add_inline_script( 'ratesvc-rates-editor', "window.ratesvcRates = $texts;", 'before' );
	}
);

/** Render the block; its attributes are the options of an embed. */
function block( array $attributes ): string {
	$own      = array_merge( [ 'as' ], ...array_values( options()['forms'] ) );
	$embedded = embed( array_intersect_key( $attributes, array_flip( $own ) ) );
	return $embedded ? '<div ' . get_block_wrapper_attributes() . ">$embedded</div>" : '';
}

/** Render the shortcode, whose attributes are an empty string if it has none. What it encloses by mistake is kept. */
function shortcode( $attributes, $content = '' ): string {
	return embed( $attributes ? $attributes : [] ) . do_shortcode( (string) $content );
}

// A service that does not respond must not delay the page. The argument `strategy` exists since WordPress 6.3 only.
add_filter(
	'script_loader_tag',
	fn( $tag, $handle ) => in_array( $handle, SCRIPTS, true ) ? str_replace( ' src=', ' async src=', $tag ) : $tag,
	10,
	2
);

/** Tell whether a URL is that of the oEmbed endpoint of the service. */
function is_oembed( string $url ): bool {
	return address() && 0 === strpos( $url, address() . '/oembed?' );
}

// For oEmbed, WordPress asks neither private addresses nor unusual ports, unless an administrator has set them.
add_filter( 'http_request_host_is_external', fn( $external, $host, $url ) => $external || is_oembed( $url ), 10, 3 );
add_filter(
	'http_allowed_safe_ports',
	fn( $ports, $host, $url ) => is_oembed( $url ) ? array_merge( $ports, [ wp_parse_url( $url, PHP_URL_PORT ) ] ) : $ports,
	10,
	3
);
