<?php
/** Remove what the plugin stored: one option, on each site of a network. */

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

if ( is_multisite() ) {
	foreach ( get_sites( [ 'fields' => 'ids', 'number' => 0 ] ) as $ratesvc_rates_site ) {
		delete_blog_option( $ratesvc_rates_site, 'ratesvc_rates_address' );
	}
} else {
	delete_option( 'ratesvc_rates_address' );
}
