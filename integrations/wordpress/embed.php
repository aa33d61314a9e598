<?php
/**
 * The markup of an embed, from options that an author wrote.
 *
 * options.json lists every option and its values. Anything else never reaches the page.
 */

namespace Ratesvc\Rates;

defined( 'ABSPATH' ) || exit;

/** Without a valid one of these, an embed would show other figures than the author meant. */
const ESSENTIAL = [ 'pair', 'on', 'pin' ];

/** Return options.json: the options of each form, and the values of each option. */
function options(): array {
	static $options = null;
	return $options ??= wp_json_file_decode( __DIR__ . '/options.json', [ 'associative' => true ] );
}

/** Return the HTML of an embed, followed for editors by what is wrong with its options. */
function embed( array $sent ): string {
	if ( ! address() ) {
		return problems( [ no_address() ] );
	}
	$form = $sent['as'] ?? 'ticker';
	unset( $sent['as'] );
	$wrong = [];
	if ( ! isset( options()['forms'][ $form ] ) ) {
		$wrong['as'] = one_of( 'as', array_keys( options()['forms'] ) );
		$form        = 'ticker';
	}
	$values = [];
	foreach ( $sent as $name => $text ) {
		$text = trim( $text );
		if ( ! in_array( $name, options()['forms'][ $form ], true ) ) {
			$name    = is_int( $name ) ? $text : $name;
			$wrong[] = sprintf(
				/* translators: 1: an option, 2: a form such as ticker, 3: a list of options. */
				__( 'There is no option "%1$s" for "%2$s". Options: %3$s.', 'ratesvc-rates' ),
				$name,
				$form,
				implode( ', ', options()['forms'][ $form ] )
			);
		} elseif ( '' !== $text ) {
			$text    = in_array( $name, [ 'pair', 'pairs' ], true ) ? strtoupper( preg_replace( '/\s/', '', $text ) ) : $text;
			$problem = problem( $name, $text );
			if ( $problem ) {
				$wrong[ $name ] = $problem;
			} else {
				$values[ $name ] = $text;
			}
		}
	}
	if ( in_array( $form, [ 'chart', 'card' ], true ) && ! isset( $wrong['pair'] ) && ! place( $values['pair'] ?? '' ) ) {
		$wrong['pair'] = sprintf(
			/* translators: 1: an option, 2: a list of currencies. */
			__( '"%1$s" must have one of %2$s.', 'ratesvc-rates' ),
			'pair',
			implode( ', ', options()['codes'] )
		);
	}
	$shown = array_intersect( ESSENTIAL, array_keys( $wrong ) ) ? '' : markup( $form, $values );
	return $shown . problems( $wrong );
}

/** Return what is wrong with the value of an option; empty if nothing is. */
function problem( string $name, string $text ): string {
	$options = options();
	if ( isset( $options['words'][ $name ] ) ) {
		return in_array( $text, $options['words'][ $name ], true ) ? '' : one_of( $name, $options['words'][ $name ] );
	}
	if ( isset( $options['numbers'][ $name ] ) ) {
		list( $least, $most ) = $options['numbers'][ $name ];
		$valid = preg_match( '/^[0-9]{1,6}$/D', $text ) && $least <= (int) $text && (int) $text <= $most;
		/* translators: 1: an option, 2 and 3: numbers. */
		$rule = __( '"%1$s" must be a whole number from %2$d to %3$d.', 'ratesvc-rates' );
		return $valid ? '' : sprintf( $rule, $name, $least, $most );
	}
	if ( isset( $options['patterns'][ $name ] ) ) {
		$valid = preg_match( "~^(?:{$options['patterns'][ $name ]})\$~Du", $text );
		$rules = [
			/* translators: %s: an option. */
			'on'     => __( '"%s" must be a day such as 2026-05-24.', 'ratesvc-rates' ),
			/* translators: %s: an option. */
			'pin'    => __( '"%s" must be the name of a version such as 20260524T120000000Z.', 'ratesvc-rates' ),
			/* translators: %s: an option. */
			'labels' => __( '"%s" must be names such as KGS:Som,USD/KZT:Dollar, of at most 40 characters each.', 'ratesvc-rates' ),
			/* translators: %s: an option. */
			'link'   => __( '"%s" must be the word currency or an address without spaces.', 'ratesvc-rates' ),
		];
		return $valid ? '' : sprintf( $rules[ $name ], $name );
	}
	if ( 'pair' === $name ) {
		/* translators: %s: an option. */
		return is_pair( $text ) ? '' : sprintf( __( '"%s" must be a pair such as KZT/USD or EUR/KZT.', 'ratesvc-rates' ), $name );
	}
	foreach ( explode( ',', $text ) as $pair ) {
		if ( ! is_pair( $pair ) ) {
			/* translators: %s: an option. */
			$rule = __( '"%s" must be pairs such as KZT/USD or EUR/KZT, separated by commas.', 'ratesvc-rates' );
			return sprintf( $rule, $name );
		}
	}
	return '';
}

/** Return the sentence that an option must be one of some words. */
function one_of( string $name, array $words ): string {
	/* translators: 1: an option, 2: a list of words. */
	return sprintf( __( '"%1$s" must be one of %2$s.', 'ratesvc-rates' ), $name, implode( ', ', $words ) );
}

/** Tell whether a text is a pair in any direction, or the code of a currency of Central Asia. */
function is_pair( string $text ): bool {
	$turned = implode( '/', array_reverse( explode( '/', $text ) ) );
	return in_array( $text, options()['codes'], true ) || array_intersect( [ $text, $turned ], options()['pairs'] );
}

/** Return the currency of a chart or card and the rest of its query; null if it is not of Central Asia. */
function place( string $pair ): ?array {
	list( $first, $second ) = explode( '/', ( $pair ? $pair : 'KZT' ) . '/USD' );
	$local = ! in_array( $first, options()['codes'], true );
	$code  = $local ? $second : $first;
	if ( ! in_array( $code, options()['codes'], true ) ) {
		return null;
	}
	return [ $code, [ 'base' => $local ? $first : $second, 'direction' => $local ? 'local' : 'unit' ] ];
}

/** Return the HTML of an embed with checked options. */
function markup( string $form, array $values ): string {
	$title = __( 'Exchange rates', 'ratesvc-rates' );
	if ( 'ticker' === $form ) {
		$rows = array_intersect_key( $values, array_flip( [ 'pairs', 'direction', 'lang' ] ) );
		$link = sprintf( '<a href="%s">%s</a>', esc_url( url( '/ticker.html', $rows ) ), esc_html( $title ) );
		$style = sprintf( 'display:block;min-height:%dpx', height( $values ) );
		return element( 'ticker', $values + [ 'style' => $style ], $link );
	}
	if ( 'value' === $form ) {
		$values += [ 'pair' => 'KZT/USD' ];
		return element( 'value', $values, esc_html( $values['pair'] ) );
	}
	// The elements take the language of the page. Frames and images cannot know it.
	$language = substr( get_bloginfo( 'language' ), 0, 2 );
	$values  += in_array( $language, options()['words']['lang'], true ) ? [ 'lang' => $language ] : [];
	if ( 'iframe' === $form ) {
		return frame( 'src', url( '/embed/ticker', $values ), $title, height( $values ) );
	}
	$pair                 = $values['pair'] ?? 'KZT/USD';
	list( $code, $query ) = place( $pair );
	unset( $values['pair'] );
	if ( 'chart' === $form ) {
		return frame( 'src', url( "/embed/chart/$code", $query + $values ), $pair, 320 );
	}
	// A card is light by default, and cannot follow the reader's colour scheme.
	$values = 'auto' === ( $values['theme'] ?? '' ) ? array_diff_key( $values, [ 'theme' => '' ] ) : $values;
	return sprintf(
		'<img src="%s" alt="%s" width="%d" height="%d" style="display:block;max-width:100%%;height:auto">',
		esc_url( url( "/card/$code.svg", $query + $values ) ),
		esc_attr( "$title: $pair" ),
		...( 'sparkline' === ( $values['size'] ?? '' ) ? [ 600, 120 ] : [ 1200, 630 ] )
	);
}

/** Return the height of a line of rates in pixels, as the service reserves it for a font size. */
function height( array $values ): int {
	return max( 44, (int) round( 1.6 * (int) ( $values['fontsize'] ?? 15 ) ) + 20 );
}

/** Return a URL of the service. */
function url( string $path, array $query ): string {
	return address() . $path . ( $query ? '?' . http_build_query( $query, '', '&' ) : '' );
}

/** Return an element of the service, and load its script. */
function element( string $form, array $attributes, string $inside ): string {
	// An optimiser may copy the script to another host, so the element names its service.
	$attributes['source'] = address();
	$text                 = '';
	foreach ( $attributes as $name => $value ) {
		$text .= sprintf( ' %s="%s"', $name, esc_attr( $value ) );
	}
	$element = "<rates-$form$text>$inside</rates-$form>";
	if ( is_preview() ) {
		return preview( $form, $element, $attributes );
	}
	wp_enqueue_script( SCRIPTS[ $form ] );
	return $element;
}

/** Return an iframe that cannot reach the page around it. */
function frame( string $attribute, string $value, string $title, int $height ): string {
	return sprintf(
		'<iframe %s="%s" title="%s" width="100%%" height="%d" style="display:block;border:0" sandbox="allow-scripts"></iframe>',
		$attribute,
		'src' === $attribute ? esc_url( $value ) : esc_attr( $value ),
		esc_attr( $title ),
		$height
	);
}

/** Tell whether the block editor asks for a preview. */
function is_preview(): bool {
	return defined( 'REST_REQUEST' ) && REST_REQUEST && false !== strpos( $_SERVER['REQUEST_URI'] ?? '', 'block-renderer' );
}

/** Return an element in a frame, so that scripts of the service never run in the editor. */
function preview( string $form, string $element, array $attributes ): string {
	$rows   = count( explode( ',', $attributes['pairs'] ?? 'KGS,KZT,TJS,UZS,TMT' ) );
	$height = [
		'tape' => height( $attributes ),
		'list' => 12 + 36 * ( $rows + 1 ),
		'grid' => 12 + 140 * ceil( ( $rows + 1 ) / 3 ),
	][ $attributes['layout'] ?? 'tape' ];
	$page   = sprintf(
		'<!doctype html><html lang="%s"><body style="margin:0;font:16px sans-serif"><script async src="%s"></script>%s',
		esc_attr( get_bloginfo( 'language' ) ),
		esc_url( address() . "/embed/$form.js" ),
		$element
	);
	return frame( 'srcdoc', $page, __( 'Exchange rates', 'ratesvc-rates' ), 'value' === $form ? 28 : $height );
}

/** Return the sentence for editors when no address is set. */
function no_address(): string {
	return current_user_can( 'manage_options' )
		? __( 'Set the address of the service in Settings > Rates.', 'ratesvc-rates' )
		: __( 'The address of the service is not set. Ask an administrator to set it in Settings > Rates.', 'ratesvc-rates' );
}

/** Return a line for each problem to those who can edit the post, and nothing to readers. */
function problems( array $sentences ): string {
	$post = get_the_ID();
	if ( ! is_preview() && ! ( $post ? current_user_can( 'edit_post', $post ) : current_user_can( 'edit_theme_options' ) ) ) {
		return '';
	}
	$lines = '';
	foreach ( $sentences as $sentence ) {
		$lines .= sprintf(
			'<span class="ratesvc-rates-problem" style="display:block;padding:4px 8px;border-left:4px solid #b45309;'
			. 'background:#fff7ed;color:#7c2d12;font:14px/1.5 sans-serif">%s</span>',
			/* translators: %s: a sentence about a mistake. */
			esc_html( sprintf( __( 'Rates: %s Readers do not see this line.', 'ratesvc-rates' ), $sentence ) )
		);
	}
	return $lines;
}
